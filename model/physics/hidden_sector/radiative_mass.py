"""Radiative mass of the hidden Higgs field, Eqs. (2)-(3) of arXiv:0801.3686."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from model.physics.quantities import Array
from model.physics.units import GEV_PER_TEV, MEV_PER_GEV

Order = Literal["leading_log", "two_loop"]

# What the complete two-loop mass adds to the logarithm of Eq. (2); zero is the paper's leading logarithm. The value of
# two loops holds in DR-bar' with a mass that vanishes at Lambda_UV (docs/physics/consistency.md 1).
BESIDE_THE_LOGARITHM: dict[Order, float] = {"leading_log": 0.0, "two_loop": np.pi**2 / 3.0 - 2.0}


class SoftScalar(NamedTuple):
    """States of one soft mass: weight, the sum of their squared charges [1], and squared mass [GeV^2] with its sign."""

    weight: float
    squared_mass_gev2: float


def radiative_mass_of_spectrum(
    g_uxx: Array, unit_g_uff2: Array, scalars: Sequence[SoftScalar], lambda_uv_gev: float, order: Order = "leading_log"
) -> Array:
    r"""Magnitude of the radiative mass of a spectrum, Eq. (2) of arXiv:0801.3686 with each scalar's own logarithm.

    .. math::
        m_{\rm rad}^2 = -\frac{g_{UXX}^2 g_{U}^2}{64\pi^4} \sum_i w_i m_i^2 \ln\frac{\Lambda_{UV}^2}{|m_i^2|}

    Parameters
    ----------
    g_uxx : (n,) array
        Coupling of U to the hidden scalar [1].
    unit_g_uff2 : (n,) array
        Squared coupling of U to a scalar of weight one [1].
    scalars : sequence of SoftScalar
        The spectrum.
    lambda_uv_gev : float
        Scale at which the masses are generated [GeV], above every one of them.
    order : {"leading_log", "two_loop"}
        As in `radiative_mass`.

    Returns
    -------
    (n,) array
        :math:`|m_{\rm rad}|` [MeV]; NaN where the squared mass is not negative.
    """
    total = sum(
        weight * m2 * (2.0 * np.log(lambda_uv_gev / np.sqrt(abs(m2))) + BESIDE_THE_LOGARITHM[order])
        for weight, m2 in scalars
        if m2 != 0.0
    )
    scale = np.sqrt(total if total > 0.0 else np.nan) * MEV_PER_GEV / (8.0 * np.pi**2)
    magnitude: Array = g_uxx * np.sqrt(unit_g_uff2) * scale
    return magnitude


def radiative_mass(
    g_uxx: Array, sum_g_uff2: Array, m_soft_tev: Array, lambda_uv_gev: float, order: Order = "leading_log"
) -> Array:
    r"""Magnitude of the radiative mass, :math:`|m_{\rm rad}|`.

    .. math::
        m_{\rm rad}^2 = -\frac{g_{UXX}^2}{64\pi^4} \sum_f g_{Uff}^2\, m_S^2 \ln\frac{\Lambda_{UV}^2}{m_S^2}

    arXiv:0801.3686 Eq. (2), summed over sfermions of one common mass. The printed Eq. (3), "6 MeV^2 (...)/(4 TeV^2)",
    is this expression with m_S = 4 TeV and Lambda_UV = 1e9 GeV in the logarithm. Its denominator means (4 TeV)^2, and
    its prefactor is 6.38 MeV^2. With ``order`` "two_loop" the logarithm is replaced by
    :math:`\ln(\Lambda_{UV}^2/m_S^2) + \pi^2/3 - 2`.

    Parameters
    ----------
    g_uxx : (n,) array
        Coupling of U to the hidden scalar [1].
    sum_g_uff2 : (n,) array
        Sum of squared couplings of U to the MSSM scalars [1].
    m_soft_tev : (n,) array
        Common soft sfermion mass [TeV].
    lambda_uv_gev : float
        Scale at which the sfermion masses are generated [GeV].
    order : {"leading_log", "two_loop"}
        Eq. (2) as it is printed, or with the constant beside its logarithm.

    Returns
    -------
    (n,) array
        :math:`|m_{\rm rad}|` [MeV]; NaN where m_soft >= Lambda_UV, since no running is left that could make the
        squared mass negative, and U(1)_h is unbroken.
    """
    logarithm = 2.0 * np.log(lambda_uv_gev / (m_soft_tev * GEV_PER_TEV))
    m_soft = m_soft_tev * GEV_PER_TEV * MEV_PER_GEV
    broken = logarithm > 0.0
    safe = np.where(broken, logarithm + BESIDE_THE_LOGARITHM[order], 1.0)
    magnitude: Array = g_uxx * m_soft * np.sqrt(sum_g_uff2 * safe / (64.0 * np.pi**4))
    return np.where(broken, magnitude, np.nan)
