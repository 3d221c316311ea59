"""The table of observables: every derived quantity of a prediction with its unit, symbol, scale and use.

This is the one list of columns. ``evaluate`` computes them, ``combine`` stores them with their attributes, and the
summary, the figures and the report read those attributes. A new observable is one entry here (and its physics, a
property of the prediction); a flag is one entry of ``FLAGS``, which also names the option that accounts for its effect.

A prediction names in ``parts`` what it predicts. A column exists where its ``part`` is among them and where the
surroundings hold the table that it needs; it is computed there, and any failure is an error.
"""

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from model.physics.early_universe.kinetic_decoupling import decouples_before_freeze_out
from model.physics.galaxy.annuli import EDGES_DEG
from model.physics.hidden_sector import annihilation
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.searches.supernova_trapping import trapped
from model.physics.supersymmetry import lsp_decay
from model.physics.surroundings import Surroundings
from model.physics.units import CM3_S_PER_MEV_MINUS2

Scale = Literal["log", "linear"]
Part = Literal["line", "hidden_sector", "radiative_breaking", "soft_masses", "lsp_decay"]

# Below, dark matter or U in equilibrium heats the bath by more than about 1 % (docs/physics/early_universe.md 4).
BATH_MASS_MEV = 20.0
BATH_FRACTION = 0.5  # of its equilibrium abundance that such a species reaches
SELF_INTERACTION_CM2_G = 1.0  # what clusters of galaxies exclude (docs/physics/cross_sections.md 5)


class Predicted(Protocol):
    """The members of every prediction that the table reads."""

    @property
    def parts(self) -> Collection[str]:
        """Parts of the physics that it predicts."""

    @property
    def surroundings(self) -> Surroundings:
        """Tables and options of the run."""


class Choices(Protocol):
    """The choices of a run, as a posterior holds them."""

    @property
    def surroundings(self) -> Surroundings:
        """Tables and options of the run."""

    @property
    def likelihoods(self) -> Mapping[str, object]:
        """The likelihoods by name."""


@dataclass(frozen=True)
class PaperRange:
    """The range of a quantity that the paper requires, ends included, and the statement of the paper."""

    lower: float
    upper: float
    statement: str


@dataclass(frozen=True)
class Observable:
    r"""A derived quantity.

    Attributes
    ----------
    name, unit, label : str
        Column, physical unit ("1" if none) and LaTeX symbol without dollar signs.
    scale : {"log", "linear"}
        Natural axis where all values are positive.
    of : callable
        The values (n,) of a prediction.
    meaning : str
        Description in a phrase.
    measures : str or None
        The attribute of a prediction by which a datum names it (``Measurement.observable``); None if no datum may.
    part : {"line", "hidden_sector", "radiative_breaking", "soft_masses", "lsp_decay"}
        Of the prediction. A hypothesis about the positrons alone has only the line; the last three are parts of models
        with radiative breaking, as far as their charges give them a meaning.
    everywhere : bool
        Whether it exists at every point that has a spectrum, and not at valid points only.
    table : str or None
        The table of the surroundings without which it does not exist.
    kept : bool
        Whether ``posterior.nc`` keeps it. A quantity that the data of a run measure is always kept.
    overlaid : bool
        Whether the prior draws of ``posterior.nc`` keep it too.
    monitored : bool
        Whether ``sample`` watches it while the chains run.
    drawn : bool
        Whether the corner plot of derived quantities shows it.
    paper_range : PaperRange or None
        Range that the paper requires.
    classes : tuple of (str, float)
        Names of ranges in growing order, and their upper ends, the last of which is infinite.
    """

    name: str
    unit: str
    label: str
    scale: Scale
    of: Callable[[Prediction], Array]
    meaning: str
    measures: str | None = None
    part: Part = "hidden_sector"
    everywhere: bool = False
    table: str | None = None
    kept: bool = False
    overlaid: bool = False
    monitored: bool = False
    drawn: bool = False
    paper_range: PaperRange | None = None
    classes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Flag:
    """Where an effect that a run neglects would matter: 0 or 1 at valid points.

    Attributes
    ----------
    name, label : str
        Column and LaTeX symbol.
    of : callable
        Whether the effect matters at each point of a prediction, (n,).
    meaning : str
        Consequence of the neglect for the result, in a sentence.
    accounted_by : str
        The option of a config that accounts for the effect, as ``--set`` takes it; empty if there is none.
    is_accounted : callable or None
        Whether the choices of a run include that option; None if there is none.
    part : str
        Of the prediction, as for an `Observable`.
    """

    unit: ClassVar[str] = "1"
    scale: ClassVar[Scale] = "linear"
    everywhere: ClassVar[bool] = False
    table: ClassVar[str | None] = None
    kept: ClassVar[bool] = True
    name: str
    label: str
    of: Callable[[Prediction], NDArray[np.bool_]]
    meaning: str
    accounted_by: str = ""
    is_accounted: Callable[[Choices], bool] | None = None
    part: Part = "hidden_sector"

    def accounted(self, run: Choices) -> bool:
        """Whether the run takes the effect into account."""
        return self.is_accounted is not None and self.is_accounted(run)


Column = Observable | Flag

_MASSES_AND_COUPLINGS = (
    Observable(
        "m_dm_mev",
        "MeV",
        r"m_{\rm DM}",
        "log",
        lambda p: p.spectrum.m_dm,
        "mass of the dark matter",
        everywhere=True,
        kept=True,
        overlaid=True,
        monitored=True,
        drawn=True,
    ),
    Observable(
        "m_u_mev",
        "MeV",
        "m_U",
        "log",
        lambda p: p.spectrum.m_u,
        "mass of the gauge boson U",
        everywhere=True,
        kept=True,
        overlaid=True,
        monitored=True,
        drawn=True,
    ),
    Observable(
        "m_rad_mev",
        "MeV",
        r"|m_{\rm rad}|",
        "log",
        lambda p: p.spectrum.m_rad,
        "radiative mass that breaks the hidden symmetry; NaN in models without it",
        everywhere=True,
    ),
    Observable(
        "m_scalar_mev",
        "MeV",
        r"m_{\rm scalar}",
        "log",
        lambda p: p.spectrum.m_scalar,
        "mass of the hidden scalar; NaN in models without it",
        everywhere=True,
    ),
    Observable(
        "mass_ratio",
        "1",
        r"m_U/m_{\rm DM}",
        "log",
        lambda p: p.spectrum.m_u / p.spectrum.m_dm,
        "mass of U over mass of the dark matter",
        everywhere=True,
        kept=True,
    ),
    Observable(
        "g_dm",
        "1",
        r"g_{UXX}",
        "log",
        lambda p: p.couplings.g_dm,
        "coupling of U to the dark matter",
        everywhere=True,
        kept=True,
    ),
    Observable(
        "g_e_l",
        "1",
        r"g_{Ue_L}",
        "linear",
        lambda p: p.couplings.g_e_l,
        "coupling of U to left-handed charged leptons",
        everywhere=True,
        kept=True,
    ),
    Observable(
        "g_e_r",
        "1",
        r"g_{Ue_R}",
        "linear",
        lambda p: p.couplings.g_e_r,
        "coupling of U to right-handed charged leptons",
        everywhere=True,
        kept=True,
    ),
    Observable(
        "epsilon",
        "1",
        r"\epsilon",
        "log",
        lambda p: p.couplings.epsilon,
        "kinetic mixing with electromagnetism, chi cos(theta_W)",
        everywhere=True,
        kept=True,
        overlaid=True,
        drawn=True,
    ),
)


def _abundance_error(name: str, symbol: str, meaning: str) -> Observable:
    """The size of one effect on the relic abundance; zero where the run takes it into account."""
    return Observable(
        f"omega_h2_error_{name}",
        "1",
        rf"\delta_{{\rm {symbol}}}",
        "linear",
        lambda p: p.abundance_errors.get(name, np.zeros_like(p.spectrum.m_dm)),
        f"relative change of the relic abundance by {meaning}; 0 where the run accounts for it",
        kept=True,
    )


_DECAY_AND_ANNIHILATION = (
    Observable("width_u_mev", "MeV", r"\Gamma_U", "log", lambda p: p.widths.total, "total width of U", kept=True),
    Observable(
        "br_u_ee",
        "1",
        r"{\rm BR}(U\to e^+e^-)",
        "linear",
        lambda p: p.widths.electrons / p.widths.total,
        "branching ratio of U to electrons",
        kept=True,
    ),
    Observable(
        "br_u_mumu",
        "1",
        r"{\rm BR}(U\to\mu^+\mu^-)",
        "linear",
        lambda p: p.widths.muons / p.widths.total,
        "branching ratio of U to muons",
    ),
    Observable(
        "br_u_tautau",
        "1",
        r"{\rm BR}(U\to\tau^+\tau^-)",
        "linear",
        lambda p: p.widths.taus / p.widths.total,
        "branching ratio of U to tau leptons",
    ),
    Observable(
        "br_u_neutrinos",
        "1",
        r"{\rm BR}(U\to\nu\bar\nu)",
        "linear",
        lambda p: p.widths.neutrinos / p.widths.total,
        "branching ratio of U to neutrinos of three flavours",
    ),
    Observable(
        "br_u_hadrons",
        "1",
        r"{\rm BR}(U\to{\rm hadrons})",
        "linear",
        lambda p: p.widths.hadrons / p.widths.total,
        "branching ratio of U to hadrons",
    ),
    Observable(
        "br_u_invisible",
        "1",
        r"{\rm BR}(U\to{\rm DM})",
        "linear",
        lambda p: p.widths.dark_matter / p.widths.total,
        "branching ratio of U to dark matter",
        kept=True,
    ),
    Observable(
        "sigma_v_s_cm3_s",
        "cm^3/s",
        r"a",
        "log",
        lambda p: p.cross_section.s_wave * CM3_S_PER_MEV_MINUS2,
        "s-wave coefficient a of sigma v = a + b v^2 into e+e- alone",
    ),
    Observable(
        "sigma_v_p_cm3_s",
        "cm^3/s",
        r"b",
        "log",
        lambda p: p.cross_section.p_wave * CM3_S_PER_MEV_MINUS2,
        "p-wave coefficient b of sigma v = a + b v^2 into e+e- alone",
    ),
    Observable(
        "j_s_gev2_cm5",
        "GeV^2/cm^5",
        r"J_s",
        "log",
        lambda p: p.j_factors.s_wave,
        "J-factor of s-wave annihilation in the aperture",
    ),
    Observable(
        "j_p_gev2_cm5",
        "GeV^2/cm^5",
        r"J_p",
        "log",
        lambda p: p.j_factors.p_wave,
        "J-factor of p-wave annihilation in the aperture, the density squared times v^2",
    ),
    Observable(
        "j_decay_gev_cm2",
        "GeV/cm^2",
        r"J_{\rm decay}",
        "log",
        lambda p: p.j_factors.decay,
        "J-factor of decay in the aperture",
    ),
    Observable(
        "sigma_v_bulge_cm3_s",
        "cm^3/s",
        r"\langle\sigma v\rangle_{\rm bulge}",
        "log",
        lambda p: p.sigma_v_bulge,
        "annihilation cross-section into e+e- alone, averaged over the emission of e+e- in the aperture",
        measures="sigma_v_bulge",
        kept=True,
    ),
    Observable(
        "sigma_v_positrons_cm3_s",
        "cm^3/s",
        r"\langle n_{e^+}\sigma v\rangle_{\rm bulge}",
        "log",
        lambda p: p.sigma_v_positrons,
        "annihilation cross-section times positrons made, of e+e-, muons, hadrons and, with "
        "`cosmology.u_pair_annihilation`, pairs of U, averaged over their emission in the aperture; the line counts "
        "them all with `line.positrons_from: every_channel`",
    ),
    Observable(
        "omega_h2",
        "1",
        r"\Omega h^2",
        "log",
        lambda p: p.omega_h2,
        "relic abundance",
        measures="omega_h2",
        kept=True,
        drawn=True,
    ),
    Observable(
        "omega_h2_relative_error",
        "1",
        r"\delta\Omega/\Omega",
        "log",
        lambda p: p.relic_abundance.relative_error,
        "the freeze-out solver's own estimate of its relative error",
    ),
    Observable(
        "omega_h2_theory_error",
        "1",
        r"\sigma_\Omega/\Omega",
        "log",
        lambda p: p.omega_h2_theory_error,
        "error of the relic abundance, relative to it: what is left out or known with a finite accuracy, in quadrature",
        kept=True,
    ),
    *(
        _abundance_error(name, symbol, meaning)
        for name, symbol, meaning in (
            ("thermal_bath", "bath", "dark matter, U and the hidden scalar in the bath"),
            ("u_pair_annihilation", "UU", "annihilation into pairs of U"),
            ("final_states", "loop", "corrections of order alpha to charged leptons"),
            ("kinetic_equilibrium", "kin", "a temperature of dark matter other than that of the photons"),
            ("initial_abundance", "start", "a start from nothing"),
            ("maxwellian_shape", "f(p)", "the Maxwellian shape of the momentum distribution of dark matter"),
            ("hadronic_cross_section", "had", "the uncertainty of the hadronic cross-section R(s)"),
            ("hadron_gas", "gas", "hadrons in the bath that are no ideal gas"),
        )
    ),
)

_LINE = (
    Observable(
        "flux_511_bulge_ph_cm2_s",
        "ph/cm^2/s",
        r"\Phi_{511}",
        "log",
        lambda p: p.flux_511kev,
        "flux of the 511 keV line in the aperture",
        measures="flux_511kev",
        part="line",
        kept=True,
        drawn=True,
    ),
    Observable(
        "positron_rate_s",
        "1/s",
        r"\dot N_{e^+}",
        "log",
        lambda p: p.positron_rate,
        "annihilation rate of positrons that corresponds to the flux",
        measures="positron_rate",
        part="line",
        kept=True,
    ),
    Observable(
        "injection_energy_mev",
        "MeV",
        r"E_k",
        "log",
        lambda p: p.injection_energy,
        "kinetic energy of the positrons where they are made",
        measures="injection_energy",
        part="line",
        kept=True,
    ),
    Observable(
        "fwhm_511_deg",
        "deg",
        r"{\rm FWHM}_{511}",
        "log",
        lambda p: p.fwhm_511kev,
        "full width at half maximum of the line's surface brightness behind the resolution of SPI, 2.7 degrees; 80 "
        "where it is wider. Exists with `line.extent`",
        table="extent",
    ),
    Observable(
        "positron_fraction_at_rest",
        "1",
        r"P_{\rm rest}",
        "linear",
        lambda p: p.fraction_at_rest,
        "fraction of the positrons in the aperture that makes the line; 1 unless `line.in_flight_losses` is on",
        part="line",
    ),
    Observable(
        "circular_speed_km_s",
        "km/s",
        r"v_c(R_0)",
        "linear",
        lambda p: p.circular_speed_km_s,
        "circular speed of the Galactic disk at the Sun",
        measures="circular_speed_km_s",
        part="line",
    ),
)


def _z_shift(name: str, symbol: str, charge: float, isospin: float, words: str) -> Observable:
    return Observable(
        f"delta_g_z_{name}",
        "1",
        rf"\delta g_{{Z {symbol}}}",
        "linear",
        lambda p: p.z_mixing.shift_z(charge, isospin),
        f"shift of the coupling of Z to {words} by exact diagonalisation of the mixing with U",
    )


_LABORATORY_AND_COSMOS = (
    Observable(
        "delta_a_e",
        "1",
        r"\Delta a_e",
        "log",
        lambda p: p.delta_a_e,
        "shift of the electron's anomalous magnetic moment",
        measures="delta_a_e",
        kept=True,
        drawn=True,
    ),
    Observable(
        "delta_a_mu",
        "1",
        r"\Delta a_\mu",
        "log",
        lambda p: p.delta_a_mu,
        "shift of the muon's anomalous magnetic moment",
        measures="delta_a_mu",
    ),
    Observable("m_w_gev", "GeV", "m_W", "linear", lambda p: p.m_w_gev, "mass of the W", measures="m_w_gev", kept=True),
    Observable(
        "n_eff",
        "1",
        r"N_{\rm eff}",
        "linear",
        lambda p: p.n_eff,
        "effective number of neutrinos",
        measures="n_eff",
    ),
    Observable(
        "helium_y_p",
        "1",
        r"Y_{\rm p}",
        "linear",
        lambda p: p.primordial_helium,
        "primordial mass fraction of helium-4",
        measures="primordial_helium",
    ),
    Observable(
        "deuterium_d_h",
        "1",
        r"{\rm D/H}",
        "linear",
        lambda p: p.primordial_deuterium,
        "primordial number ratio of deuterium to hydrogen",
        measures="primordial_deuterium",
    ),
    Observable(
        "delta_rho",
        "1",
        r"\delta\rho",
        "linear",
        lambda p: p.z_mixing.delta_rho,
        "shift of the rho parameter",
    ),
    Observable(
        "g_v_e_mixing",
        "1",
        r"g_V^e",
        "linear",
        lambda p: 0.5 * (p.z_mixing.coupling_u(-1.0, -0.5) + p.z_mixing.coupling_u(-1.0, 0.0)),
        "vector coupling of U to electrons by exact diagonalisation of the mixing with Z",
    ),
    Observable(
        "g_a_e_mixing",
        "1",
        r"g_A^e",
        "linear",
        # g_R - g_L of the electron: the coupling is linear in charge and isospin.
        lambda p: 0.5 * p.z_mixing.coupling_u(0.0, 0.5),
        "axial coupling of U to electrons by exact diagonalisation of the mixing with Z",
    ),
    Observable(
        "g_nu_mixing",
        "1",
        r"g_\nu",
        "linear",
        lambda p: p.z_mixing.coupling_u(0.0, 0.5),
        "coupling of U to neutrinos by exact diagonalisation of the mixing with Z",
    ),
    _z_shift("e_l", "e_L", -1.0, -0.5, "left-handed electrons"),
    _z_shift("e_r", "e_R", -1.0, 0.0, "right-handed electrons"),
    _z_shift("nu", r"\nu", 0.0, 0.5, "neutrinos"),
    Observable(
        "relic_fraction",
        "1",
        r"\Omega/\Omega_{\rm DM}",
        "log",
        lambda p: p.relic_fraction,
        "fraction of the dark matter that this particle makes up",
        measures="relic_fraction",
        kept=True,
    ),
    Observable(
        "p_ann_cm3_s_gev",
        "cm^3/s/GeV",
        r"p_{\rm ann}",
        "log",
        lambda p: p.p_ann,
        "energy injected at recombination, f_eff <sigma v>/m",
        measures="p_ann",
        kept=True,
    ),
    Observable(
        "sigma_si_cm2_g",
        "cm^2/g",
        r"\sigma_{\rm SI}/m",
        "log",
        lambda p: p.self_interaction,
        "elastic self-scattering cross-section over mass at threshold",
        measures="self_interaction",
        kept=True,
    ),
    Observable(
        "sigma_e_cm2",
        "cm^2",
        r"\sigma_e",
        "log",
        lambda p: p.sigma_e_cm2,
        "reference cross-section on electrons at q = alpha m_e",
        measures="sigma_e_cm2",
        kept=True,
    ),
    Observable(
        "t_kd_mev",
        "MeV",
        r"T_{\rm kd}",
        "log",
        lambda p: p.t_kd_mev,
        "photon temperature of kinetic decoupling",
        measures="t_kd_mev",
        kept=True,
    ),
    Observable(
        "m_cut_msun",
        "Msun",
        r"M_{\rm cut}",
        "log",
        lambda p: p.m_cut_msun,
        "mass of the smallest haloes",
        measures="m_cut_msun",
        kept=True,
    ),
    Observable(
        "weak_charge_shift",
        "1",
        r"\Delta Q_W",
        "linear",
        lambda p: p.weak_charge_shift,
        "shift of the weak charge of caesium",
        measures="weak_charge_shift",
        kept=True,
    ),
    Observable(
        "sn1987a_optical_depth",
        "1",
        r"\tau_{\rm SN}",
        "log",
        lambda p: p.sn1987a_optical_depth,
        "optical depth of SN 1987A for dark matter outside the neutrino sphere",
        measures="sn1987a_optical_depth",
    ),
    Observable(
        "sn1987a_trapped",
        "1",
        r"\tau_{\rm SN} > 3",
        "linear",
        lambda p: trapped(p.sn1987a_optical_depth),
        "1 where the supernova traps the dark matter, else 0",
        kept=True,
    ),
    Observable(
        "coupling_product_window",
        "1",
        r"g_{UXX}g_{Uee}(10\,{\rm MeV}/m_U)^2",
        "log",
        lambda p: p.couplings.g_dm * p.couplings.g_e * (10.0 / p.spectrum.m_u) ** 2,
        "product of the couplings that the paper bounds",
        kept=True,
        paper_range=PaperRange(1e-7, 1e-5, "the paper's window is 10⁻⁷ to 10⁻⁵"),
    ),
    Observable(
        "coupling_hierarchy",
        "1",
        r"g_{UXX}/g_{Uee}",
        "log",
        lambda p: p.couplings.g_dm / p.couplings.g_e,
        "coupling to dark matter over coupling to electrons",
        kept=True,
        paper_range=PaperRange(
            1.0,
            np.inf,
            "the paper asks for a coupling to dark matter no weaker than to electrons: a ratio of 1 or more",
        ),
    ),
)

_LENGTHS = tuple(
    zip(lsp_decay.LENGTH_CLASSES, (lsp_decay.PROMPT_BELOW_M, lsp_decay.DISPLACED_BELOW_M, np.inf), strict=True)
)
_SUPERSYMMETRY = (
    Observable(
        "landau_pole_gev",
        "GeV",
        r"\Lambda_L",
        "log",
        lambda p: p.landau_pole_gev,
        "scale at which the hidden gauge coupling diverges, 1.8e308 where it is beyond all numbers",
        part="radiative_breaking",
    ),
    Observable(
        "m_d_term_mev",
        "MeV",
        r"|m_D|",
        "log",
        lambda p: p.soft_masses.d_term,
        "mass that the D-term of hypercharge gives to the hidden scalar",
        part="soft_masses",
    ),
    Observable(
        "m_bino_loop_mev",
        "MeV",
        r"m_{\tilde B}",
        "log",
        lambda p: p.soft_masses.bino_loop,
        "mass that the loop of the bino gives to the hidden scalar",
        part="soft_masses",
    ),
    Observable(
        "m_gauge_mediated_mev",
        "MeV",
        r"m_{\rm GM}",
        "log",
        lambda p: p.soft_masses.gauge_mediated,
        "mass that gauge mediation of hypercharge gives to the hidden scalar",
        part="soft_masses",
    ),
    Observable(
        "d_term_over_radiative",
        "1",
        r"m_D^2/|m_{\rm rad}^2|",
        "log",
        lambda p: (p.soft_masses.d_term / p.spectrum.m_rad) ** 2,
        "squared mass of the D-term over the radiative one",
        part="soft_masses",
        kept=True,
    ),
    Observable(
        "lsp_width_gev",
        "GeV",
        r"\Gamma_{\rm LSP}",
        "log",
        lambda p: p.lsp_width_gev,
        "width of the MSSM's lightest supersymmetric particle into the hidden sector",
        part="lsp_decay",
    ),
    Observable(
        "lsp_ctau_m",
        "m",
        r"c\tau_{\rm LSP}",
        "log",
        lambda p: lsp_decay.decay_length_m(p.lsp_width_gev),
        "proper decay length of the MSSM's lightest supersymmetric particle",
        part="lsp_decay",
        kept=True,
        classes=_LENGTHS,
    ),
    Observable(
        "lsp_lifetime_s",
        "s",
        r"\tau_{\rm LSP}",
        "log",
        lambda p: lsp_decay.lifetime_s(p.lsp_width_gev),
        "lifetime of the MSSM's lightest supersymmetric particle",
        part="lsp_decay",
    ),
    Observable(
        "lsp_class",
        "1",
        r"{\rm class}_{\rm LSP}",
        "linear",
        lambda p: lsp_decay.lsp_class(p.lsp_width_gev).astype(np.float64),
        "what is seen of that decay: 0 prompt (below 0.1 mm), 1 displaced (below 10 m), 2 stable on the scale of a "
        "detector, 3 disturbs nucleosynthesis (above 0.1 s)",
        part="lsp_decay",
    ),
    Observable(
        "u_flight_m",
        "m",
        r"l_U",
        "log",
        lambda p: p.u_flight_m,
        "mean flight of a U with half of the energy of the MSSM's lightest supersymmetric particle",
        part="lsp_decay",
        kept=True,
        classes=_LENGTHS,
    ),
    Observable(
        "lsp_visible_fraction",
        "1",
        r"f_{\rm vis}",
        "linear",
        lambda p: p.lsp_visible_fraction,
        "fraction of the energy of such a U that becomes e+e- within the radius of the tracker",
        part="lsp_decay",
    ),
)


def _annulus(index: int, inner: float, outer: float) -> Observable:
    return Observable(
        f"annulus_511_{inner:g}_{outer:g}_ph_cm2_s",
        "ph/cm^2/s",
        rf"\Phi_{{511}}^{{{inner:g}-{outer:g}\,{{\rm deg}}}}",
        "log",
        lambda p: p.annuli_511kev[:, index],
        f"flux of the 511 keV line between {inner:g} and {outer:g} degrees",
        part="line",
        table="annuli",
    )


ANNULI = tuple(_annulus(k, inner, outer) for k, (inner, outer) in enumerate(itertools.pairwise(EDGES_DEG)))

OBSERVABLES = (
    *_MASSES_AND_COUPLINGS,
    *_DECAY_AND_ANNIHILATION,
    *_LINE,
    *_LABORATORY_AND_COSMOS,
    *_SUPERSYMMETRY,
    *ANNULI,
)

FLAGS = (
    Flag(
        "xx_to_uu_matters",
        r"XX\to UU",
        lambda p: annihilation.u_pair_channel_matters(p.spectrum, p.couplings),
        "annihilation into pairs of U, left out of the relic abundance, is open in the thermal tail of freeze-out: "
        "with it, less dark matter would be left over",
        "cosmology.u_pair_annihilation=true",
        lambda run: run.surroundings.cosmology.u_pair_annihilation,
    ),
    Flag(
        "self_interaction_above_1_cm2_g",
        r"\sigma_{\rm SI}/m > 1\,{\rm cm^2/g}",
        lambda p: p.self_interaction > SELF_INTERACTION_CM2_G,
        "elastic self-scattering exceeds 1 cm²/g, which galaxy clusters exclude; no likelihood of this run uses it",
        "likelihoods.self_interaction={}",
        lambda run: "self_interaction" in run.likelihoods,
    ),
    Flag(
        "heats_the_bath",
        r"m_{\rm DM}\ {\rm or}\ m_U < 20\,{\rm MeV},\ {\rm thermal}",
        lambda p: (
            ((p.spectrum.m_dm < BATH_MASS_MEV) & (p.thermalisation.dark_matter > BATH_FRACTION))
            | ((p.spectrum.m_u < BATH_MASS_MEV) & (p.thermalisation.u > BATH_FRACTION))
        ),
        "dark matter or U is light and coupled enough to heat electrons and photons while freezing out: the abundance "
        "would be 4–9 % lower at 1–3 MeV, 1–3 % at 10 MeV",
        "cosmology.thermal_bath=with_dark_sector",
        lambda run: run.surroundings.cosmology.thermal_bath == "with_dark_sector",
    ),
    Flag(
        "kinetic_decoupling_before_freeze_out",
        r"T_{\rm kd} > T_{\rm fo}",
        lambda p: decouples_before_freeze_out(p.kinetic_decoupling, p.spectrum.m_dm) > 0.0,
        "dark matter stops scattering off electrons before it stops annihilating, so that kinetic equilibrium, which "
        "the relic abundance assumes, is not assured",
        "cosmology.kinetic_equilibrium=solved",
        lambda run: run.surroundings.cosmology.kinetic_equilibrium == "solved",
    ),
    Flag(
        "initial_abundance_matters",
        r"{\rm initial\ abundance}",
        lambda p: p.initial_abundance_matters,
        "dark matter was not in equilibrium at T = m_DM / 5, so that its abundance depends by more than 1 % on what "
        "was there before; this run starts from nothing",
        "cosmology.initial_abundance=equilibrium",
        lambda run: run.surroundings.cosmology.initial_abundance == "equilibrium",
    ),
    Flag(
        "landau_pole_below_lambda_uv",
        r"\Lambda_L < \Lambda_{UV}",
        lambda p: p.landau_pole_gev < p.mssm.lambda_uv_gev,
        "the hidden gauge coupling diverges below the scale at which the soft masses are made, so that the model needs "
        "new physics below that scale",
        part="radiative_breaking",
    ),
    Flag(
        "landau_pole_below_m_soft",
        r"\Lambda_L < m_{\rm soft}",
        lambda p: p.landau_pole_gev < p.mssm.sfermion_gev(p.values),
        "the hidden gauge coupling diverges below the masses of the sfermions, so that the radiative mass of Eq. (2) "
        "has no meaning there",
        part="radiative_breaking",
    ),
)

MONITORED = tuple(observable for observable in OBSERVABLES if observable.monitored)
_ALL: tuple[Column, ...] = (*OBSERVABLES, *FLAGS)
COLUMNS = {column.name: column for column in _ALL}


def predicted(prediction: Predicted) -> tuple[Column, ...]:
    """The columns that a prediction has, in the order of the table."""
    return tuple(
        column
        for column in COLUMNS.values()
        if column.part in prediction.parts
        and (column.table is None or getattr(prediction.surroundings, column.table) is not None)
    )


def measured_by(attribute: str) -> Observable:
    """The observable that a datum names by an attribute of the prediction.

    Raises
    ------
    ValueError
        If no observable of the table is measured under that name.
    """
    measurable = {observable.measures: observable for observable in OBSERVABLES if observable.measures is not None}
    if attribute not in measurable:
        raise ValueError(f"no observable is measured as {attribute!r}; allowed: {', '.join(sorted(measurable))}")
    return measurable[attribute]
