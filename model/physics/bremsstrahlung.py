r"""Bremsstrahlung of U by electrons on nuclei, in the Weizsaecker-Williams approximation.

kinetic_mixing.md 2.1, after Kim and Tsai (Phys. Rev. D 8 (1973) 3109) and Bjorken, Essig, Schuster and Toro
(0906.0580). Energies are in GeV in this module. Production by axial couplings of longitudinal U, of relative weight
:math:`(2 m_e g_A/m_U)^2` below about 5 MeV, and secondary positrons are outside this recipe.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from scipy.special import rgamma

from model.physics._kernels import dark_photon_bremsstrahlung as kernel
from model.physics.constants import ALPHA, ELECTRON_MASS, HBAR_C_MEV_CM
from model.physics.quantities import Array
from model.physics.units import MEV_PER_GEV

CrossSection = Literal["literature", "improved", "full"]
FORMS: dict[CrossSection, int] = {"literature": kernel.LITERATURE, "improved": kernel.IMPROVED, "full": kernel.FULL}

ELECTRON_MASS_GEV = ELECTRON_MASS / MEV_PER_GEV
CM2_PER_GEV_MINUS2 = (HBAR_C_MEV_CM / MEV_PER_GEV) ** 2  # 3.894e-28
AVOGADRO = 6.02214076e23  # [1/mol], exact in the 2019 SI

_PROTON_MOMENT = 2.79  # magnetic moment of the proton [nuclear magnetons], as in 0906.0580
_PROTON_MASS_GEV = 0.938272
_DIPOLE_GEV2 = 0.71  # dipole form factor of the proton [GeV^2]
_STRAGGLING = 4.0 / 3.0  # b of Tsai's I_e
_TRACK_NODES = 801
_INFINITE_X0 = 100.0  # nothing is left of a shower at this depth


@dataclass(frozen=True)
class Target:
    """A dump material: charge Z, mass number A [g/mol], radiation length [g/cm^2]."""

    name: str
    z: float
    a: float
    radiation_length_g_cm2: float


def _kernel_target(target: Target) -> Array:
    """Constants of the form factor in the order the kernels expect."""
    elastic = 111.0 * target.z ** (-1.0 / 3.0) / ELECTRON_MASS_GEV
    inelastic = 773.0 * target.z ** (-2.0 / 3.0) / ELECTRON_MASS_GEV
    return np.array(
        [
            target.z**2,
            elastic**2,
            0.164 * target.a ** (-2.0 / 3.0),
            target.z,
            inelastic**2,
            (_PROTON_MOMENT**2 - 1.0) / (4.0 * _PROTON_MASS_GEV**2),
            _DIPOLE_GEV2,
        ]
    )


def form_factor_flux(m_u_gev: Array, energy_gev: Array, target: Target) -> Array:
    r"""Effective photon flux :math:`\chi` of a nucleus with elastic and inelastic form factors.

    .. math::
        \chi = \int_{t_{\min}}^{t_{\max}} dt \frac{t - t_{\min}}{t^2} G_2(t),
        \qquad t_{\min} = (m_U^2/2E_e)^2, \quad t_{\max} = m_U^2

    kinetic_mixing.md 2.1; 0906.0580, appendix A.

    Parameters
    ----------
    m_u_gev, energy_gev : (n,) array
        Mass of U and energy of the electron [GeV].
    target : Target
        The nucleus.

    Returns
    -------
    (n,) array
        chi [1], relative error below 1e-5.
    """
    constants = _kernel_target(target)
    pairs = zip(*np.broadcast_arrays(np.atleast_1d(m_u_gev), np.atleast_1d(energy_gev)), strict=True)
    return np.array(
        [kernel.form_factor_flux((0.5 * m * m / energy) ** 2, m * m, constants) for m, energy in pairs],
        dtype=np.float64,
    )


def cross_section(x: Array, m_u_gev: float, energy_gev: float, target: Target, form: CrossSection) -> Array:
    r"""Cross-section :math:`d\sigma/dx` of e N -> e N U at :math:`\epsilon = 1`, :math:`x = E_U/E_e`.

    With :math:`U_0 = m_U^2(1-x)/x + m_e^2 x` and :math:`\beta` the velocity of U,

    .. math::
        \frac{d\sigma}{dx} = \frac{4\alpha^3\chi\beta}{U_0} \times
        \begin{cases} 1 - x + x^2/3 & \text{literature (1209.6083)} \\
        1 - x + x^2/2 - x(1-x)(m_U^2 + 2m_e^2)/6U_0 & \text{improved}\end{cases}

    and ``full`` integrates over :math:`w = U_0/U` with :math:`t_{\min} = [U_0/2wE_e(1-x)]^2` (kinetic_mixing.md 2.1).
    For chiral couplings with m_U >> m_e multiply by :math:`(g_V^2 + g_A^2)/e^2`.

    Parameters
    ----------
    x : (n,) array
        Fraction of the electron's energy, in (0, 1).
    m_u_gev, energy_gev : float
        Mass of U and energy of the electron [GeV].
    target : Target
        The nucleus.
    form : {"literature", "improved", "full"}
        Which of the three.

    Returns
    -------
    (n,) array
        [cm^2]; zero below threshold.
    """
    constants = _kernel_target(target)
    result = [
        kernel.cross_section(
            float(v), 1.0 - float(v), energy_gev, m_u_gev, ELECTRON_MASS_GEV, ALPHA, constants, FORMS[form]
        )
        for v in np.atleast_1d(x)
    ]
    return np.array(result, dtype=np.float64) * CM2_PER_GEV_MINUS2


def u_spectrum(
    gap: Array,
    beam_gev: float,
    m_u_gev: float,
    target: Target,
    thickness_x0: float,
    form: CrossSection,
) -> tuple[Array, Array, Array]:
    r"""Spectrum of U behind a thick target, per electron and :math:`\epsilon^2`.

    .. math::
        \frac{n(E_U)}{N_{el}} = \frac{N_A X_0}{A} \int_{E_U}^{E_0} dE_e \int_0^T dt\, I_e(E_0, E_e, t)\,
        \frac{1}{E_e} \frac{d\sigma}{dx}, \qquad I_e = \frac{1}{E_0} \frac{y^{bt-1}}{\Gamma(bt)},
        \quad y = \ln\frac{E_0}{E_e}

    kinetic_mixing.md 2.1; straggling from Tsai (Phys. Rev. D 34 (1986) 1326), b = 4/3.

    Parameters
    ----------
    gap : (n,) array
        ln(E0/E_U), positive, with E_U above m_U; in place of the energy because it may be tiny.
    beam_gev, m_u_gev : float
        Beam energy and mass of U [GeV].
    target : Target
        The dump.
    thickness_x0 : float
        Thickness of the dump in radiation lengths; more than 30 is infinite.
    form : {"literature", "improved", "full"}
        Cross-section.

    Returns
    -------
    spectrum : (n,) array
        Per electron and epsilon^2 [1/GeV], relative error about 1e-3.
    transverse_scale : (n, k) array
        m_U^2 (1-x) + m_e^2 x^2 [GeV^2] at the nodes of the E_e integral: p_T^2 of U is that times 1/w - 1, with w
        uniform on (0, 1) up to the small mass term.
    share : (n, k) array
        Share of each node in the spectrum; rows add up to 1.
    """
    total, scale, share = kernel.spectrum(
        np.ascontiguousarray(gap),
        beam_gev,
        m_u_gev,
        ELECTRON_MASS_GEV,
        ALPHA,
        _kernel_target(target),
        FORMS[form],
        _track_table(thickness_x0),
    )
    front = AVOGADRO * target.radiation_length_g_cm2 / target.a * CM2_PER_GEV_MINUS2
    return front * total, scale, share


@cache
def _track_table(thickness_x0: float) -> Array:
    r"""(L + 4)^2 y J(y) with :math:`J = \int_0^T dt\,y^{bt-1}/\Gamma(bt)` and L = ln(1/y), at p = 1/(L + 4) in [0, 1].

    y J(y) falls only like 1/(b L^2): in p it is smooth down to y = 0.
    """
    p = np.linspace(0.0, 1.0, _TRACK_NODES)[1:]
    ln_y = 4.0 - 1.0 / p
    nodes, weights = np.polynomial.legendre.leggauss(64)
    thickness_x0 = min(thickness_x0, _INFINITE_X0)
    # y^(bt) / Gamma(bt) lives below t ~ 1/(b L) for small y and around t ~ y / b for large y: panels on both scales
    edge = np.minimum(40.0 / (_STRAGGLING * np.maximum(-ln_y, 1e-9)), thickness_x0)
    integral = np.zeros_like(p)
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.6), (0.6, 1.0)):
        t = edge[:, None] * (low + 0.5 * (high - low) * (1.0 + nodes))
        integrand = np.exp(_STRAGGLING * t * ln_y[:, None]) * rgamma(_STRAGGLING * t)
        integral += 0.5 * (high - low) * edge * (integrand @ weights)
    return np.concatenate([[1.0 / _STRAGGLING], integral / p**2])


# sigma_WW/sigma_exact at tree level on a static nucleus, by target, beam and cut on x (kinetic_mixing.md 2.4, its own
# calculation): masses [MeV], ratio for the improved and the full approximation.
K_FACTORS: dict[str, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    "Pb 100 GeV, x > 0.5": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
        (0.86, 0.94, 1.05, 1.14, 1.25, 1.49, 1.71, 1.96, 2.57, 3.60),
        (0.86, 0.93, 1.04, 1.12, 1.19, 1.29, 1.36, 1.45, 1.61, 1.78),
    ),
    "Al 20 GeV, x > 0.1": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0),
        (0.84, 0.91, 1.05, 1.20, 1.44, 1.81, 2.20, 2.77),
        (0.83, 0.90, 1.00, 1.08, 1.18, 1.40, 1.63, 1.88),
    ),
    "W 9 GeV, x > 0.5": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0),
        (0.86, 0.95, 1.11, 1.30, 1.60, 2.07),
        (0.85, 0.93, 1.05, 1.14, 1.27, 1.52),
    ),
    "W 2.5 GeV, x > 0.05": (
        (1.1, 2.0, 5.0, 10.0, 20.0),
        (0.82, 0.94, 1.19, 1.51, 1.88),
        (0.80, 0.89, 1.02, 1.15, 1.34),
    ),
}


def k_factor(m_u_gev: float, row: str, form: CrossSection) -> float:
    """Ratio of the approximate to the exact cross-section at tree level [1], to divide yields by.

    Interpolated and continued linearly in the logarithms. The literature form counts as the improved one, from which
    it differs by less than 10 %.

    Parameters
    ----------
    m_u_gev : float
        Mass of U [GeV].
    row : str
        Key of ``K_FACTORS``.
    form : {"literature", "improved", "full"}
        Cross-section to correct.
    """
    masses, improved, full = K_FACTORS[row]
    ln_m, ln_k = np.log(masses), np.log(full if form == "full" else improved)
    where = np.log(m_u_gev * MEV_PER_GEV)
    k = int(np.clip(np.searchsorted(ln_m, where) - 1, 0, len(ln_m) - 2))
    slope = (ln_k[k + 1] - ln_k[k]) / (ln_m[k + 1] - ln_m[k])
    return float(np.exp(ln_k[k] + slope * (where - ln_m[k])))
