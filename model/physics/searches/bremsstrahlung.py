r"""Bremsstrahlung of U by electrons on nuclei, in the Weizsaecker-Williams approximation.

docs/physics/kinetic_mixing.md 2.1, after Kim and Tsai (Phys. Rev. D 8 (1973) 3109) and Bjorken, Essig, Schuster and
Toro (0906.0580). Energies are in GeV in this module. Production by axial couplings of longitudinal U, of relative
weight :math:`(2 m_e g_A/m_U)^2` below about 5 MeV, and secondary positrons are outside this recipe.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from model._deferred import deferred
from model.physics.constants import ALPHA, ELECTRON_MASS, HBAR_C_MEV_CM
from model.physics.quantities import Array
from model.physics.units import MEV_PER_GEV

if TYPE_CHECKING:
    from scipy import special

    from model.physics.searches._kernels import dark_photon_bremsstrahlung as kernel
else:
    special = deferred("scipy.special")
    kernel = deferred("model.physics.searches._kernels.dark_photon_bremsstrahlung")

CrossSection = Literal["literature", "improved", "full"]

ELECTRON_MASS_GEV = ELECTRON_MASS / MEV_PER_GEV
CM2_PER_GEV_MINUS2 = (HBAR_C_MEV_CM / MEV_PER_GEV) ** 2  # 3.894e-28
AVOGADRO = 6.02214076e23  # [1/mol], exact in the 2019 SI

_PROTON_MOMENT = 2.79  # magnetic moment of the proton [nuclear magnetons], as in 0906.0580
_PROTON_MASS_GEV = 0.938272
_DIPOLE_GEV2 = 0.71  # dipole form factor of the proton [GeV^2]
_STRAGGLING = 4.0 / 3.0  # b of Tsai's I_e
_TRACK_NODES = 801
_INFINITE_X0 = 100.0  # depth at which no shower is left


@dataclass(frozen=True)
class TargetMaterial:
    """A dump material: charge Z, mass number A [g/mol], radiation length [g/cm^2]."""

    name: str
    z: float
    a: float
    radiation_length_g_cm2: float


def _kernel_target(target: TargetMaterial) -> Array:
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


def form_factor_flux(m_u_gev: Array, energy_gev: Array, target: TargetMaterial) -> Array:
    r"""Effective photon flux :math:`\chi` of a nucleus with elastic and inelastic form factors.

    .. math::
        \chi = \int_{t_{\min}}^{t_{\max}} dt \frac{t - t_{\min}}{t^2} G_2(t),
        \qquad t_{\min} = (m_U^2/2E_e)^2, \quad t_{\max} = m_U^2

    docs/physics/kinetic_mixing.md 2.1; 0906.0580, appendix A.

    Parameters
    ----------
    m_u_gev, energy_gev : (n,) array
        Mass of U and energy of the electron [GeV].
    target : TargetMaterial
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


def cross_section(x: Array, m_u_gev: float, energy_gev: float, target: TargetMaterial, form: CrossSection) -> Array:
    r"""Cross-section :math:`d\sigma/dx` of e N -> e N U at :math:`\epsilon = 1`, :math:`x = E_U/E_e`.

    With :math:`U_0 = m_U^2(1-x)/x + m_e^2 x` and :math:`\beta` the velocity of U,

    .. math::
        \frac{d\sigma}{dx} = \frac{4\alpha^3\chi\beta}{U_0} \times
        \begin{cases} 1 - x + x^2/3 & \text{literature (1209.6083)} \\
        1 - x + x^2/2 - x(1-x)(m_U^2 + 2m_e^2)/6U_0 & \text{improved}\end{cases}

    and ``full`` integrates over :math:`w = U_0/U` with :math:`t_{\min} = [U_0/2wE_e(1-x)]^2`
    (docs/physics/kinetic_mixing.md 2.1). For chiral couplings with m_U >> m_e multiply by :math:`(g_V^2 + g_A^2)/e^2`.

    Parameters
    ----------
    x : (n,) array
        Fraction of the electron's energy, in (0, 1).
    m_u_gev, energy_gev : float
        Mass of U and energy of the electron [GeV].
    target : TargetMaterial
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
            float(v), 1.0 - float(v), energy_gev, m_u_gev, ELECTRON_MASS_GEV, ALPHA, constants, _number(form)
        )
        for v in np.atleast_1d(x)
    ]
    return np.array(result, dtype=np.float64) * CM2_PER_GEV_MINUS2


def u_spectrum(
    gap: Array,
    beam_gev: float,
    m_u_gev: float,
    target: TargetMaterial,
    thickness_x0: float,
    form: CrossSection,
) -> tuple[Array, Array, Array]:
    r"""Spectrum of U behind a thick target, per electron and :math:`\epsilon^2`.

    .. math::
        \frac{n(E_U)}{N_{el}} = \frac{N_A X_0}{A} \int_{E_U}^{E_0} dE_e \int_0^T dt\, I_e(E_0, E_e, t)\,
        \frac{1}{E_e} \frac{d\sigma}{dx}, \qquad I_e = \frac{1}{E_0} \frac{y^{bt-1}}{\Gamma(bt)},
        \quad y = \ln\frac{E_0}{E_e}

    docs/physics/kinetic_mixing.md 2.1; straggling from Tsai (Phys. Rev. D 34 (1986) 1326), b = 4/3.

    Parameters
    ----------
    gap : (n,) array
        ln(E0/E_U), positive, with E_U above m_U; in place of the energy because it may be tiny.
    beam_gev, m_u_gev : float
        Beam energy and mass of U [GeV].
    target : TargetMaterial
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
    fraction : (n, k) array
        Fraction of the spectrum at each node; rows add up to 1.
    """
    total, scale, fraction = kernel.spectrum(
        np.ascontiguousarray(gap),
        beam_gev,
        m_u_gev,
        ELECTRON_MASS_GEV,
        ALPHA,
        _kernel_target(target),
        _number(form),
        _track_table(thickness_x0),
    )
    front = AVOGADRO * target.radiation_length_g_cm2 / target.a * CM2_PER_GEV_MINUS2
    return front * total, scale, fraction


def _number(form: CrossSection) -> int:
    """The kernel's number of a cross-section."""
    numbers: dict[CrossSection, int] = {
        "literature": kernel.LITERATURE,
        "improved": kernel.IMPROVED,
        "full": kernel.FULL,
    }
    return numbers[form]


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
        integrand = np.exp(_STRAGGLING * t * ln_y[:, None]) * special.rgamma(_STRAGGLING * t)
        integral += 0.5 * (high - low) * edge * (integrand @ weights)
    return np.concatenate([[1.0 / _STRAGGLING], integral / p**2])


# sigma_WW/sigma_exact at tree level on a static nucleus by target, beam and cut on x: masses [MeV], ratio for improved
# and full approximation. From the exact amplitude, integrated to 0.3 % (tests/reference/exact_tree_oracle.py); the
# table of docs/physics/kinetic_mixing.md 2.4 is the same within 3 %. The cut matters by less than 1 % unless it is
# close to 1.
K_FACTORS: dict[str, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    "Pb 100 GeV, x > 0.5": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
        (0.840, 0.936, 1.062, 1.153, 1.264, 1.503, 1.724, 1.973, 2.589, 3.615),
        (0.839, 0.934, 1.054, 1.133, 1.206, 1.297, 1.369, 1.459, 1.624, 1.787),
    ),
    "W 275 GeV, x > 0.1": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
        (0.798, 0.897, 1.026, 1.113, 1.202, 1.354, 1.531, 1.720, 2.093, 2.654),
        (0.798, 0.896, 1.023, 1.105, 1.177, 1.250, 1.289, 1.343, 1.460, 1.583),
    ),
    "W 150 GeV, x > 0.2": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
        (0.806, 0.903, 1.032, 1.123, 1.225, 1.430, 1.639, 1.855, 2.353, 3.152),
        (0.805, 0.902, 1.027, 1.109, 1.182, 1.268, 1.327, 1.403, 1.547, 1.695),
    ),
    "W 100 GeV, x > 0.3": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
        (0.816, 0.912, 1.041, 1.135, 1.249, 1.496, 1.719, 1.968, 2.582, 3.608),
        (0.815, 0.910, 1.034, 1.114, 1.190, 1.286, 1.362, 1.453, 1.620, 1.785),
    ),
    "Al 20 GeV, x > 0.1": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0),
        (0.826, 0.917, 1.061, 1.216, 1.451, 1.821, 2.216, 2.787, 4.220),
        (0.820, 0.904, 1.014, 1.094, 1.193, 1.408, 1.640, 1.896, 2.275),
    ),
    "W 9 GeV, x > 0.5": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0),
        (0.847, 0.950, 1.116, 1.305, 1.603, 2.086, 2.609, 3.505),
        (0.838, 0.932, 1.056, 1.150, 1.276, 1.532, 1.755, 1.995),
    ),
    "W 2.5 GeV, x > 0.05": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
        (0.815, 0.940, 1.198, 1.513, 1.895, 2.713, 3.864),
        (0.790, 0.889, 1.026, 1.151, 1.347, 1.758, 2.147),
    ),
    "W 1.6 GeV, x > 0.47": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
        (0.870, 1.002, 1.302, 1.650, 2.086, 3.136, 4.710),
        (0.830, 0.925, 1.064, 1.206, 1.441, 1.946, 2.433),
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
