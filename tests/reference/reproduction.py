"""Published and independently checked numbers beside ours: ``rows()`` is what the documentation prints.

Sources are the pages of docs/physics, and through them the papers. ``accuracy``
is that of the printed number (half of its last digit) or what its source states.
"""

from typing import NamedTuple

import numpy as np
from reference.couplings import couplings_of

from likelihoods.kinetic_mixing import Likelihood as KineticMixing
from model.physics.constants import COS_THETA_W, E_CHARGE, HYPERCHARGE_COUPLING2_MZ, MUON_MASS
from model.physics.early_universe import freeze_out
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.galaxy.annuli import AnnulusSettings, surface_brightness
from model.physics.galaxy.extent import ANGLES_DEG, full_width
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo
from model.physics.galaxy.j_factor import j_factors
from model.physics.galaxy.speeds import sigma_1d
from model.physics.hidden_sector import annihilation, self_interaction, u_decay, z_mixing
from model.physics.hidden_sector.radiative_mass import radiative_mass
from model.physics.laboratory import magnetic_moment
from model.physics.positrons import line_511kev
from model.physics.quantities import Couplings, DarkMatter, LowVelocityCrossSection, Spectrum
from model.physics.units import CM2_G_PER_MEV_MINUS3, CM3_S_PER_MEV_MINUS2

FREEZE_OUT = "docs/physics/early_universe.md 2"
CROSS_SECTIONS = "docs/physics/cross_sections.md 1"
SELF_SCATTERING = "docs/physics/cross_sections.md 5"


class Row(NamedTuple):
    """A number of a source, ours, and the relative accuracy to which they should agree."""

    quantity: str
    unit: str
    published: float
    ours: float
    accuracy: float
    source: str

    @property
    def ratio(self) -> float:
        """Ours over published."""
        return self.ours / self.published


def rows() -> list[Row]:
    """Every number, in the order of the sources; a few seconds."""
    return [*paper(), *relic(), *line(), *extent(), *moments(), *mixing(), *scattering()]


def _one(value: float) -> np.ndarray:
    return np.array([float(value)])


def _spectrum(m_dm: float, m_u: float) -> Spectrum:
    return Spectrum(_one(m_dm), _one(m_u), _one(np.nan), _one(np.nan))


def _couplings(g_dm: float, left: float, right: float, hadron: float = 0.0) -> Couplings:
    return couplings_of(g_dm, left, right, hadron)


def _digits(printed: str) -> float:
    """Relative accuracy of a printed number: half of its last digit, and a hair for ties."""
    mantissa, _, exponent = printed.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.501 * 10.0 ** (int(exponent or 0) - decimals) / abs(float(printed))


def _printed(quantity: str, unit: str, printed: str, ours: float, source: str) -> Row:
    return Row(quantity, unit, float(printed), float(ours), _digits(printed), source)


def paper() -> list[Row]:
    """Eq. (3) of Hooper and Zurek, and docs/physics/model.md 1 and 2."""
    mass2 = radiative_mass(_one(1), _one(1e-10), _one(4), 1e9)[0] ** 2
    return [
        Row("|m_rad^2| at Eq. (3)'s benchmark", "MeV^2", 6.0, mass2, 0.07, "arXiv:0801.3686 Eq. (3), one digit"),
        _printed("|m_rad^2| at Eq. (3)'s benchmark", "MeV^2", "6.380", mass2, "docs/physics/model.md 2"),
        _printed("g'^2 at m_Z", "1", "0.1277", HYPERCHARGE_COUPLING2_MZ, "docs/physics/model.md 1"),
    ]


# kind, m_dm, m_U, g_X, g_L, g_R, Omega h^2 (docs/physics/early_universe.md 2)
RELIC_POINTS = (
    (DarkMatter.MAJORANA, 10, 30, 0.3, 8.14e-5, 8.14e-5, "0.119279"),
    (DarkMatter.MAJORANA, 3, 7.5, 1, 1.84e-6, 0, "0.114434"),
    (DarkMatter.SCALAR, 30, 150, 0.5, 1.05e-3, 1.05e-3, "0.118968"),
    (DarkMatter.DIRAC, 100, 300, 0.1, 7.52e-4, 7.52e-4, "0.119911"),
    (DarkMatter.MAJORANA, 10, 20.2, 0.01, 3.47e-8, 3.47e-8, "0.119554"),
)
# m_dm, m_U, g_X g_e of the thermal abundance (docs/physics/cross_sections.md 1)
COUPLING_PRODUCTS = ((3, 10, "1.2e-5"), (1, 10, "6.1e-5"))
# m_dm, b [1e-25 cm^3/s] of Omega h^2 = 0.12 (docs/physics/early_universe.md 2)
P_WAVE = ((1, 2.451), (3, 1.954), (10, 1.982), (30, 2.270), (100, 2.630), (300, 2.949))
CONTACT = 30.0  # m_U / m_dm at which U is a contact interaction


def relic() -> list[Row]:
    """Full-model points and p-wave cross-sections of `FREEZE_OUT`, couplings of `CROSS_SECTIONS`."""
    history = standard_thermal_history()

    def abundance(kind: DarkMatter, m_dm: float, m_u: float, *couplings: float) -> float:
        spectrum, coupled = _spectrum(m_dm, m_u), _couplings(*couplings)
        widths = u_decay.partial_widths(spectrum, coupled, kind)
        return float(freeze_out.relic_abundance(spectrum, coupled, widths, kind, history).omega_h2[0])

    def p_wave(m_dm: float, m_u: float, g: float) -> float:
        spectrum, coupled = _spectrum(m_dm, m_u), _couplings(1, g, g)
        widths = u_decay.partial_widths(spectrum, coupled, DarkMatter.MAJORANA)
        found = annihilation.low_velocity(spectrum, coupled, widths, DarkMatter.MAJORANA)
        return float(found.p_wave[0]) * CM3_S_PER_MEV_MINUS2

    result = [
        Row(
            f"Omega h^2, {kind.name.lower()} {m_dm} / {m_u} MeV",
            "1",
            float(printed),
            abundance(kind, m_dm, m_u, g, left, right),
            # The source counts e+e- alone; muons open thermally at 100 MeV and take 3 %.
            3.5e-2 if m_dm == 100 else 3e-4,
            f"{FREEZE_OUT}, e+e- alone" if m_dm == 100 else f"{FREEZE_OUT}, solver to 3e-4",
        )
        for kind, m_dm, m_u, g, left, right, printed in RELIC_POINTS
    ]
    for m_dm, b in P_WAVE[:4]:  # electrons alone, as there
        # The coupling that makes 0.12 in the contact limit; Omega goes with 1/g^2 up to logarithms.
        coupling = 1e-3
        for _ in range(4):
            coupling *= np.sqrt(abundance(DarkMatter.MAJORANA, m_dm, CONTACT * m_dm, 1, coupling, coupling) / 0.12)
        ours = p_wave(m_dm, CONTACT * m_dm, coupling) * 1e25
        text = "docs/physics/early_universe.md 2; <sv> = 6b/x there, relativistic here: a few per cent"
        result.append(Row(f"b of Omega h^2 = 0.12 at {m_dm} MeV", "1e-25 cm^3/s", b, ours, 0.08, text))
    thermal = {1: 2.45e-25, 3: 1.95e-25}
    for m_dm, m_u, printed in COUPLING_PRODUCTS:
        product = 1e-5 * np.sqrt(thermal[m_dm] / p_wave(m_dm, m_u, 1e-5))
        result.append(_printed(f"g_X g_e of thermal b at {m_dm} / {m_u} MeV", "1", printed, product, CROSS_SECTIONS))
    return result


# profile, changes, J_s within 10 deg [GeV^2/cm^5] (docs/physics/galaxy.md 3)
J_FACTORS = (
    ("gnfw", {}, "4.11e22"),
    ("gnfw", {"gamma": 1.2}, "1.096e23"),
    ("einasto", {}, "7.65e22"),
    ("burkert", {}, "3.63e21"),
)
DISPERSIONS = ((0.1, "138", "42"), (1.0, "181", "88"), (2.0, "183", "105"), (8.2, "165", "129"))
# thermal p-wave share of 0.96e-3 in 10 deg at 1 and 3 MeV [%] (docs/physics/model.md 7)
SHARES = (("gnfw", {}, "46", "4"), ("gnfw", {"gamma": 1.2}, "98", "9"), ("einasto", {}, "84", "7"))


def _halo(profile: str, changes: dict[str, float]) -> Halo:
    return Halo(**{name: _one(value) for name, value in {**DEFAULTS[profile], **changes}.items()})


def line() -> list[Row]:
    """Galaxy and 511 keV line, docs/physics/galaxy.md 1 to 4 and docs/physics/model.md 7."""
    source = "docs/physics/galaxy.md 1 to 4"
    result = []
    for name, changes, printed in J_FACTORS:
        j = j_factors(Galaxy(name), _halo(name, changes))
        # R0 and rho_sun are the same; the page's quadrature is good to about the printed digits
        label = f"J_s(10 deg) {name} {changes.get('gamma', '')}".strip()
        result.append(Row(label, "GeV^2/cm^5", float(printed), j.s_wave[0], 2 * _digits(printed), source))
        if not changes and name == "gnfw":
            result.append(_printed("J_p(10 deg) nfw", "GeV^2/cm^5", "8.24e16", j.p_wave[0], source))
    halo = _halo("gnfw", {})
    bare = Galaxy(bulge_mass_msun=0.0, disk_mass_msun=0.0)
    for radius, full, alone in DISPERSIONS:
        for galaxy, printed, words in ((Galaxy(), full, ""), (bare, alone, " without baryons")):
            ours = sigma_1d(galaxy, halo, _one(radius))[0]
            result.append(_printed(f"sigma_1D at {radius} kpc{words}", "km/s", printed, ours, source))
    photons = line_511kev.photons_per_positron(_one(0.967))[0]
    result.append(_printed("photons per positron, f_Ps = 0.967", "1", "0.5495", photons, source))
    rate = line_511kev.positron_rate(_one(0.96e-3), _one(8.2), _one(0.967))[0]
    result.append(_printed("rate of 0.96e-3 ph/cm^2/s at 8.2 kpc", "e+/s", "1.41e43", rate, source))
    per_rate = 1e-3 / line_511kev.positron_rate(_one(1e-3), _one(8.2), _one(0.967))[0]
    result.append(_printed("flux of the paper's 3e42 e+/s", "ph/cm^2/s", "2.05e-4", 3e42 * per_rate, source))
    for name, changes, *shares in SHARES:
        j = j_factors(Galaxy(name), _halo(name, changes))
        for (m_dm, b), printed in zip(((1, 2.451e-25), (3, 1.954e-25)), shares, strict=True):
            sigma_v = LowVelocityCrossSection(_one(0), _one(b / CM3_S_PER_MEV_MINUS2))
            flux = line_511kev.flux(sigma_v, _one(m_dm), DarkMatter.MAJORANA, j, _one(0.967))[0]
            label = f"share of the bulge flux at {m_dm} MeV, {name} {changes.get('gamma', '')}".strip()
            result.append(_printed(label, "%", printed, 100 * flux / 0.96e-3, "docs/physics/model.md 7"))
    return result


# docs/physics/galaxy.md 3: width [deg] behind a point-spread function of 2.6 degrees, NFW
WIDTHS = (("s_wave", "3.9"), ("p_wave", "4.8"), ("decay", "19.7"))
OBSERVED_WIDTHS = (
    ("paper's benchmark", 6.0, 0.0, "arXiv:0801.3686"),
    ("Knoedlseder et al. 2005", 8.0, 1.0, "astro-ph/0506026; error quoted in astro-ph/0405005"),
    ("Jean et al. 2003", 9.0, 3.0, "astro-ph/0309484 [M]; from 6 to 18 degrees at 2 sigma"),
)


def width(wave: str, settings: AnnulusSettings, gamma: float = 1.0) -> float:
    """Full width at half maximum [deg] of the standard gnfw halo with a slope, by direct quadrature."""
    seen = surface_brightness(Galaxy(), _halo("gnfw", {"gamma": gamma}), settings, ANGLES_DEG)
    return float(full_width(np.stack([getattr(j, wave) for j in seen], axis=1))[0])


def extent() -> list[Row]:
    """Extent of the line, docs/physics/galaxy.md 3."""
    source = "docs/physics/galaxy.md 3"
    return [
        _printed(f"FWHM of the line, NFW, {wave}", "deg", printed, width(wave, AnnulusSettings(2.6)), source)
        for wave, printed in WIDTHS
    ]


def observed_extent() -> list[Row]:
    """The extents that papers give beside ours of an NFW halo, p-wave, behind 2.7 degrees: they do not agree."""
    ours = width("p_wave", AnnulusSettings())
    return [
        Row(f"FWHM of the line, {name}", "deg", published, ours, error / published, source)
        for name, published, error, source in OBSERVED_WIDTHS
    ]


# m_U, vector at eps = 1e-3, axial at g_A = 1e-4 (docs/physics/laboratory.md 1)
MOMENTS = (
    (0.1, "7.354e-10", "-7.039e-9"),
    (1, "1.0812e-10", "-9.596e-11"),
    (5, "7.410e-12", "-4.323e-12"),
    (10, "1.9595e-12", "-1.0948e-12"),
    (30, "2.2345e-13", "-1.2235e-13"),
    (100, "2.0204e-14", "-1.1022e-14"),
)


def moments() -> list[Row]:
    """Electron and muon g-2, docs/physics/laboratory.md 1."""
    source = "docs/physics/laboratory.md 1"
    g = 1e-3 * E_CHARGE
    result = []
    for m_u, vector, axial in MOMENTS:
        ours = magnetic_moment.moment_shift(_one(m_u), _couplings(0, -g, -g))[0]
        result.append(_printed(f"Delta a_e, vector, {m_u} MeV", "1", vector, ours, source))
        ours = magnetic_moment.moment_shift(_one(m_u), _couplings(0, -1e-4, 1e-4))[0]
        result.append(_printed(f"Delta a_e, axial, {m_u} MeV", "1", axial, ours, source))
    muon = magnetic_moment.moment_shift(_one(10), _couplings(0, -g, -g), MUON_MASS)[0]
    return [*result, _printed("Delta a_mu, vector, 10 MeV", "1", "9.09e-10", muon, source)]


def mixing() -> list[Row]:
    """Mixing with hypercharge, docs/physics/kinetic_mixing.md 6."""
    source = "docs/physics/kinetic_mixing.md 6"
    state = z_mixing.diagonalise(_one(0.03), _one(10))
    vector = 0.5 * (state.coupling_u(-1, -0.5) + state.coupling_u(-1, 0))[0] / (-0.03 * COS_THETA_W * E_CHARGE)
    small, standard = (z_mixing.diagonalise(_one(chi), _one(10)) for chi in (1e-3, 0.0))
    z_shift = (small.coupling_z(-1, -0.5)[0] / standard.coupling_z(-1, -0.5)[0] - 1) / 1e-6

    def neutrino(m_u: float) -> float:
        light = z_mixing.diagonalise(_one(1e-4), _one(m_u))
        return float(light.coupling_u(0, 0.5)[0] / (1e-4 * COS_THETA_W * E_CHARGE))

    datum = KineticMixing(include=("w_mass",), era="modern").data[0]
    # chi at which m_W lies two sigma below the datum
    chi = np.sqrt((1 - (datum.value - 2 * datum.sigma) / z_mixing.w_mass_gev(_one(0))[0]) / 0.165)
    return [
        _printed("vector coupling / (eps e) at chi = 0.03", "1", "1.00035", vector, source),
        _printed("delta rho at chi = 0.03", "1", "-2.08e-4", state.delta_rho[0], source),
        _printed("delta g_Z(e_L)/g_Z per chi^2", "1", "-0.546", z_shift, source),
        _printed("neutrino coupling / (eps e) at 10 MeV", "1", "7.8e-9", neutrino(10), source),
        _printed("neutrino coupling / (eps e) at 1 GeV", "1", "7.8e-5", neutrino(1000), source),
        _printed("chi at 2 sigma of m_W", "1", "0.031", chi, source),
        _printed("eps at 2 sigma of m_W", "1", "0.027", chi * COS_THETA_W, source),
    ]


def scattering() -> list[Row]:
    """Units and self-scattering, docs/physics/cross_sections.md 5."""
    result = [
        _printed("1 MeV^-2", "cm^3/s", "1.16733e-11", CM3_S_PER_MEV_MINUS2, "docs/physics/README.md, conventions"),
        _printed("1 cm^2/g", "MeV^-3", "4.58e-6", 1 / CM2_G_PER_MEV_MINUS3, "docs/physics/README.md, conventions"),
    ]
    for m_dm, m_u, printed in ((10, 10, "139"), (3, 9, "64"), (10, 30, "1.7")):
        inputs = _spectrum(m_dm, m_u), _couplings(1, 0, 0)
        widths = u_decay.partial_widths(*inputs, DarkMatter.MAJORANA)
        ours = self_interaction.cross_section_per_mass(*inputs, widths, DarkMatter.MAJORANA)[0]
        result.append(_printed(f"sigma_SI/m at {m_dm} / {m_u} MeV, g = 1", "cm^2/g", printed, ours, SELF_SCATTERING))
    return result
