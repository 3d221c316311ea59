"""Decay of the MSSM's lightest supersymmetric particle (LSP) to the hidden sector: the last page of arXiv:0801.3686.

Kinetic mixing shifts the light hidden gaugino by -chi times the bino, so that the heavy bino couples to the hidden
current, ``L = -sqrt2 g chi N11 q X* Xtilde chi0 + h.c.`` (compare arXiv:0901.0283 and arXiv:0902.3246 [M]). Hidden
masses are MeV and are neglected beside those of the LSP, except in `two_body_kinematics`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model.physics.constants import HBAR_C_MEV_CM, HYPERCHARGE_COUPLING2_MZ, LIGHT_SPEED_CM_S
from model.physics.quantities import Array
from model.physics.units import MEV_PER_GEV

Kind = Literal["neutralino", "slepton", "sneutrino", "squark"]
HBAR_C_GEV_M = HBAR_C_MEV_CM / MEV_PER_GEV / 100.0
LIGHT_SPEED_M_S = LIGHT_SPEED_CM_S / 100.0

# Hypercharge of the sfermion that is the LSP where no spectrum tells: the right-handed slepton and the right-handed up
# squark, which are the lightest of their kind where gauge mediation or running makes the masses, and the left-handed
# sneutrino.
HYPERCHARGE: dict[str, float] = {"slepton": 1.0, "sneutrino": 0.5, "squark": 2.0 / 3.0}

PROMPT_BELOW_M = 1.0e-4  # decay length that the beam spot hides
DISPLACED_BELOW_M = 10.0  # radius of a detector at the Large Hadron Collider
NUCLEOSYNTHESIS_S = 0.1  # shorter lifetimes leave nucleosynthesis alone, Kawasaki et al., arXiv:1709.01211
LENGTH_CLASSES = ("prompt", "displaced", "outside the detector")  # below the first, the second, and above
CLASSES = ("prompt", "displaced", "stable", "disturbs nucleosynthesis")


@dataclass(frozen=True)
class LspSettings:
    """The MSSM's lightest supersymmetric particle.

    Attributes
    ----------
    kind : {"neutralino", "slepton", "sneutrino", "squark"}
        What it is.
    m_lsp_gev : float
        Its mass [GeV].
    n11 : float
        Bino fraction amplitude of the neutralino [1].
    m1_gev : float
        Bino mass M_1 [GeV], through which a sfermion decays to three bodies; it must exceed ``m_lsp_gev``.
    tracker_radius_m : float
        Radius within which a decay of U to e+e- counts as visible [m].

    Raises
    ------
    ValueError
        If a number is outside its range.
    """

    kind: Kind = "neutralino"
    m_lsp_gev: float = 100.0
    n11: float = 1.0
    m1_gev: float = 400.0
    tracker_radius_m: float = 1.0

    def __post_init__(self) -> None:
        if not 1.0 <= self.m_lsp_gev < np.inf:
            raise ValueError(f"m_lsp_gev is {self.m_lsp_gev:g}; allowed: at least 1 GeV, finite")
        if not 0.0 < abs(self.n11) <= 1.0:
            raise ValueError(f"n11 is {self.n11:g}; allowed: from -1 to 1 and not 0")
        if self.kind != "neutralino" and not self.m_lsp_gev < self.m1_gev < np.inf:
            raise ValueError(f"m1_gev is {self.m1_gev:g}; allowed: above m_lsp_gev, or the bino would be the LSP")
        if not 0.0 < self.tracker_radius_m < np.inf:
            raise ValueError(f"tracker_radius_m is {self.tracker_radius_m:g}; allowed: > 0 and finite")


def neutralino_width_gev(g_chi: Array, n11: float, m_lsp_gev: float, multiplets: int) -> Array:
    r"""Width of a neutralino into a hidden scalar and a hidden fermion, :math:`\Gamma = N_c (g\chi N_{11})^2 m/8\pi`.

    The same vertex without mixing is the decay of a gluino to a squark and a quark (Haber and Kane, Phys. Rep. 117,
    75).

    Parameters
    ----------
    g_chi : (n,) array
        Product of gauge coupling and kinetic mixing [1].
    n11 : float
        Bino component of the neutralino [1].
    m_lsp_gev : float
        Its mass [GeV].
    multiplets : int
        Charged chiral multiplets N_c: 1 in the minimal model, 2 in the anomaly-free one.

    Returns
    -------
    (n,) array
        Width [GeV].
    """
    width: Array = multiplets * (g_chi * n11) ** 2 * m_lsp_gev / (8.0 * np.pi)
    return width


def two_body_kinematics(m: float, m_fermion: float, m_scalar: float) -> float:
    r"""Factor by which final masses lower the width, :math:`\frac{2p}{m}\,\frac{m^2 + m_f^2 - m_s^2}{m^2}`.

    All masses have one unit. It is 1 for massless products and 0 at and below threshold.
    """
    if m <= m_fermion + m_scalar:
        return 0.0
    kallen = (m**2 - (m_fermion + m_scalar) ** 2) * (m**2 - (m_fermion - m_scalar) ** 2)
    return float(np.sqrt(kallen) / m**2 * (m**2 + m_fermion**2 - m_scalar**2) / m**2)


def charged_sfermion_width_gev(g_f: Array, m_lsp_gev: float, m_fermion_gev: float = 0.0) -> Array:
    r"""Width of a sfermion with a hidden charge of its own, :math:`\tilde f \to f + {\rm hidden\ gaugino}`.

    .. math:: \Gamma = \frac{g_f^2 m}{8\pi} \left(1 - \frac{m_f^2}{m^2}\right)^2

    Parameters
    ----------
    g_f : (n,) array
        Hidden coupling of the sfermion [1].
    m_lsp_gev, m_fermion_gev : float
        Masses of sfermion and fermion [GeV].

    Returns
    -------
    (n,) array
        Width [GeV]; zero below threshold.
    """
    phase_space = max(1.0 - (m_fermion_gev / m_lsp_gev) ** 2, 0.0) ** 2
    width: Array = g_f**2 * m_lsp_gev * phase_space / (8.0 * np.pi)
    return width


def mixed_sfermion_width_gev(
    g_chi: Array, hypercharge: float, m_lsp_gev: float, m1_gev: float, multiplets: int
) -> Array:
    r"""Width of a sfermion that reaches the hidden sector through a virtual bino: three bodies.

    .. math::
        \Gamma = \frac{N_c g'^2 Y^2 (g\chi)^2}{128\pi^3 m} \int_0^{m^2}\!dq\,
            \frac{(m^2-q)^2}{m^2}\,\frac{q + M_1^2}{(q - M_1^2)^2}
            \;\to\; \frac{N_c g'^2 Y^2 (g\chi)^2 m^3}{384\pi^3 M_1^2} \quad (M_1 \gg m)

    q is the squared mass of the hidden pair. The integral is elementary, but its closed form loses all digits for
    :math:`M_1 \gg m`; Gauss-Legendre quadrature with 64 nodes in :math:`\ln(M_1^2 - q)` is exact to 1e-12 for
    :math:`M_1 > 1.0001\,m`.

    Parameters
    ----------
    g_chi : (n,) array
        Product of gauge coupling and kinetic mixing [1].
    hypercharge : float
        Hypercharge of the sfermion [1].
    m_lsp_gev, m1_gev : float
        Masses of sfermion and bino [GeV], the bino's the larger.
    multiplets : int
        Charged chiral multiplets N_c.

    Returns
    -------
    (n,) array
        Width [GeV].
    """
    nodes, weights = np.polynomial.legendre.leggauss(64)
    ratio2 = (m1_gev / m_lsp_gev) ** 2
    # In units of m^2: y = ratio2 - q runs from ratio2 - 1 to ratio2, evenly in its logarithm.
    span = -np.log1p(-1.0 / ratio2)
    q = -ratio2 * np.expm1(-span * 0.5 * (1.0 + nodes))
    y = ratio2 - q
    integral = 0.5 * span * np.sum(weights * y * (1.0 - q) ** 2 * (q + ratio2) / y**2)
    couplings = multiplets * HYPERCHARGE_COUPLING2_MZ * hypercharge**2 * g_chi**2
    width: Array = couplings * m_lsp_gev * integral / (128.0 * np.pi**3)
    return width


def width_gev(
    settings: LspSettings,
    g: Array,
    chi: Array,
    multiplets: int,
    *,
    universal: bool,
    hypercharge2: float | None = None,
) -> Array:
    """Width of the LSP [GeV], shape (n,).

    Parameters
    ----------
    settings : LspSettings
        What the LSP is.
    g, chi : (n,) array
        Hidden gauge coupling, and kinetic mixing or (``universal``) the charge h_f.
    multiplets : int
        Charged chiral multiplets of the hidden sector.
    universal : bool
        Whether MSSM fields have a hidden charge of their own, g chi, in place of kinetic mixing.
    hypercharge2 : float or None
        Squared hypercharge of a sfermion [1]; None for that of its kind in ``HYPERCHARGE``.
    """
    if settings.kind == "neutralino":
        return neutralino_width_gev(g * chi, settings.n11, settings.m_lsp_gev, multiplets)
    if universal:
        return charged_sfermion_width_gev(g * chi, settings.m_lsp_gev)
    hypercharge = HYPERCHARGE[settings.kind] if hypercharge2 is None else hypercharge2**0.5
    return mixed_sfermion_width_gev(g * chi, hypercharge, settings.m_lsp_gev, settings.m1_gev, multiplets)


def decay_length_m(width: Array) -> Array:
    """Proper decay length c tau [m] of a width [GeV], shape (n,)."""
    return HBAR_C_GEV_M / width


def lifetime_s(width: Array) -> Array:
    """Lifetime [s] of a width [GeV], shape (n,)."""
    return HBAR_C_GEV_M / LIGHT_SPEED_M_S / width


def lsp_class(width: Array) -> NDArray[np.int8]:
    """Index into ``CLASSES`` of what a detector and the early Universe see of the decay, shape (n,).

    ``prompt``: c tau < 0.1 mm; ``displaced``: < 10 m; ``stable`` on the scale of a detector otherwise; the last class
    is longer-lived than 0.1 s.
    """
    length = decay_length_m(width)
    edges = (PROMPT_BELOW_M, DISPLACED_BELOW_M, NUCLEOSYNTHESIS_S * LIGHT_SPEED_M_S)
    return np.digitize(length, edges).astype(np.int8)


def u_flight_m(m_u: Array, width_u: Array, m_lsp_gev: float) -> Array:
    r"""Mean flight of a U of energy :math:`m_{\rm LSP}/2` before it decays, :math:`(p/m)\,\hbar c/\Gamma_U`.

    Parameters
    ----------
    m_u, width_u : (n,) array
        Mass and total width of U [MeV].
    m_lsp_gev : float
        Mass of the LSP [GeV].

    Returns
    -------
    (n,) array
        Length [m].
    """
    energy = 0.5 * m_lsp_gev * MEV_PER_GEV
    momentum = np.sqrt(np.maximum(energy**2 - m_u**2, 0.0))
    length: Array = momentum / m_u * HBAR_C_MEV_CM / 100.0 / width_u
    return length


def visible_fraction(flight_m: Array, br_ee: Array, tracker_radius_m: float) -> Array:
    r"""Fraction of the energy of such U that appears as e+e- within a radius, :math:`{\rm BR}(ee)(1 - e^{-r/l})`.

    The pair opens by 2 m_U/E and looks like one electron. At least half of the energy of the LSP stays missing besides.
    """
    with np.errstate(divide="ignore", over="ignore"):  # a U at rest decays where it is made
        fraction: Array = -br_ee * np.expm1(-tracker_radius_m / flight_m)
    return fraction
