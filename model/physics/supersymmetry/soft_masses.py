"""Soft masses of the hidden scalar beside the radiative one, when the small charges come from kinetic mixing.

Eq. (2) of arXiv:0801.3686 breaks U(1)_h only if it outweighs each of these terms; the paper asks for a hidden sector
that is "sequestered in some other way". All are squared masses, given as their square root with the sign of the squared
mass left out.
"""

import numpy as np

from model.physics.constants import HYPERCHARGE_COUPLING2_MZ
from model.physics.quantities import Array
from model.physics.units import GEV_PER_TEV, MEV_PER_GEV

HIGGS_VEV = 246.22e3  # v = (sqrt2 G_F)^(-1/2) [MeV], PDG 2024
HYPERCHARGE_COUPLING = float(np.sqrt(HYPERCHARGE_COUPLING2_MZ))
MEV_PER_TEV = GEV_PER_TEV * MEV_PER_GEV


def d_term_mass(g: Array, chi: Array, tan_beta: float) -> Array:
    r"""Mass from the D-term of hypercharge, :math:`|\Delta m^2|^{1/2}`.

    The superpartner of the kinetic mixing :math:`-(\chi/2) B_{\mu\nu}U^{\mu\nu}` is :math:`\chi D_Y D_U`. With
    :math:`D_Y` of the two Higgs doublets,

    .. math:: \Delta m_X^2 = -\Delta m_{X^c}^2 = \chi\, g\, g'\, \frac{v^2}{4} \cos 2\beta .

    Compare arXiv:0902.3246 and arXiv:0901.0283, where this term breaks a hidden U(1) at a GeV [M].

    Parameters
    ----------
    g, chi : (n,) array
        Hidden gauge coupling and kinetic mixing [1].
    tan_beta : float
        Ratio of the vacuum expectation values of the two Higgs doublets [1], positive.

    Returns
    -------
    (n,) array
        Mass [MeV]; it is zero for tan beta = 1.
    """
    cosine = (1.0 - tan_beta**2) / (1.0 + tan_beta**2)  # cos 2 beta
    squared: Array = chi * g * HYPERCHARGE_COUPLING * HIGGS_VEV**2 / 4.0 * abs(cosine)
    return np.sqrt(squared)


def bino_loop_mass(g: Array, chi: Array, m1_tev: Array | float, lambda_uv_gev: float) -> Array:
    r"""Mass from the loop of the bino, which mixes with the hidden gaugino; its squared mass is positive.

    .. math:: \Delta m_X^2 = \frac{(g\chi)^2 M_1^2}{4\pi^2} \ln\frac{\Lambda_{UV}^2}{M_1^2}

    Parameters
    ----------
    g, chi : (n,) array
        Hidden gauge coupling and kinetic mixing [1].
    m1_tev : float or (n,) array
        Bino mass M_1 [TeV], positive and below ``lambda_uv_gev``.
    lambda_uv_gev : float
        Scale at which the soft masses are generated [GeV].

    Returns
    -------
    (n,) array
        Mass [MeV].
    """
    logarithm = 2.0 * np.log(lambda_uv_gev / (m1_tev * GEV_PER_TEV))
    mass: Array = g * chi * m1_tev * MEV_PER_TEV * np.sqrt(logarithm) / (2.0 * np.pi)
    return mass


def gauge_mediated_mass(g: Array, chi: Array, m_er_tev: Array | float) -> Array:
    r"""Mass that gauge mediation of hypercharge gives through the mixing; its squared mass is positive.

    A hidden scalar of charge g couples to the messengers like a field of hypercharge :math:`g\chi/g'`, so
    :math:`\Delta m_X^2 = (g\chi/g')^2\, m_{\tilde e_R}^2`, as the right-handed selectron has hypercharge one.

    Parameters
    ----------
    g, chi : (n,) array
        Hidden gauge coupling and kinetic mixing [1].
    m_er_tev : float or (n,) array
        Soft mass of the right-handed selectron [TeV].

    Returns
    -------
    (n,) array
        Mass [MeV].
    """
    mass: Array = g * chi / HYPERCHARGE_COUPLING * m_er_tev * MEV_PER_TEV
    return mass


def landau_pole_gev(g: Array, m_u: Array, sum_charge2: float) -> Array:
    r"""Scale at which the hidden gauge coupling diverges at one loop.

    .. math:: \Lambda_L = m_U \exp\frac{8\pi^2}{g^2 \sum_i q_i^2}

    The sum runs over the charged chiral multiplets, of which each adds :math:`q^2` to the coefficient b of
    :math:`dg/d\ln\mu = b\,g^3/16\pi^2`. Above this scale, and for Eq. (2) also below it where the coupling is strong,
    the model has no meaning as it is written.

    Parameters
    ----------
    g : (n,) array
        Hidden gauge coupling at m_U [1].
    m_u : (n,) array
        Mass of U [MeV].
    sum_charge2 : float
        Sum of squared charges: 1 in the minimal model, 2 in the anomaly-free one.

    Returns
    -------
    (n,) array
        Scale [GeV]; infinite where it is beyond the range of floating-point numbers.
    """
    exponent = 8.0 * np.pi**2 / (sum_charge2 * g**2)
    with np.errstate(over="ignore"):
        scale: Array = m_u / MEV_PER_GEV * np.exp(exponent)
    return scale
