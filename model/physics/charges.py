"""Charges of the MSSM fields under U(1)_h: what the parameter chi means (theory.md 1)."""

from typing import Literal

import numpy as np

from model.physics.constants import COS_THETA_W, E_CHARGE, HYPERCHARGE_COUPLING2_MZ
from model.physics.quantities import Array, Couplings

Charges = Literal["kinetic_mixing", "hypercharge", "universal"]

HYPERCHARGE_E_L = -0.5
HYPERCHARGE_E_R = -1.0
# Vector charges (Y_L + Y_R)/2 are 5/12 (up) and -1/12 (down); their difference is the isovector charge, which is
# 1 in units of electric charge and drives U -> pi+ pi-.
HYPERCHARGE_ISOVECTOR = 5.0 / 12.0 + 1.0 / 12.0
SUM_HYPERCHARGE2_SFERMIONS = 10.0  # complex sfermions of three generations, 10/3 each
SUM_HYPERCHARGE2_HIGGS = 1.0  # both Higgs doublets
SFERMION_STATES = 45  # complex sfermion states, three generations without right-handed sneutrinos


def visible_couplings(charges: Charges, g: Array, chi: Array, g_dm: Array) -> Couplings:
    r"""Couplings of U to electrons and hadrons.

    - ``kinetic_mixing``: U couples to electric charge, :math:`g_L = g_R = \epsilon e Q_f` with
      :math:`\epsilon = \chi\cos\theta_W`, right at momenta far below m_Z (kinetic_mixing.md 7).
    - ``hypercharge``: the paper's estimate :math:`h_f = Y_f \chi g'/g`, so :math:`g_{L,R} = Y_{L,R}\,\chi g'`, chiral;
      g' at low energy is :math:`e/\cos\theta_W` with :math:`e^2 = 4\pi\alpha(0)`.
    - ``universal``: the paper's section before mixing, one charge :math:`h_f` for all fields,
      :math:`g_L = g_R = g h_f`; the parameter chi is then :math:`h_f`. The current is isoscalar: pions do not couple.

    Parameters
    ----------
    charges : str
        The assignment.
    g, chi : (n,) array
        Gauge coupling and mixing [1].
    g_dm : (n,) array
        Coupling of U to the dark matter [1], passed through.

    Returns
    -------
    Couplings
    """
    if charges == "kinetic_mixing":
        coupling = chi * COS_THETA_W * E_CHARGE
        return Couplings(g_dm=g_dm, g_e_l=-coupling, g_e_r=-coupling, g_hadron=coupling, epsilon=chi * COS_THETA_W)
    if charges == "hypercharge":
        coupling = chi * E_CHARGE / COS_THETA_W
        return Couplings(
            g_dm=g_dm,
            g_e_l=HYPERCHARGE_E_L * coupling,
            g_e_r=HYPERCHARGE_E_R * coupling,
            g_hadron=HYPERCHARGE_ISOVECTOR * coupling,
            epsilon=chi * COS_THETA_W,
        )
    coupling = g * chi
    return Couplings(
        g_dm=g_dm, g_e_l=coupling, g_e_r=coupling, g_hadron=np.zeros_like(coupling), epsilon=coupling / E_CHARGE
    )


def sum_squared_scalar_couplings(charges: Charges, g: Array, chi: Array, *, higgs_doublets: bool) -> Array:
    """Sum of g_Uff^2 over the MSSM scalars in the loop of Eq. (2), shape (n,).

    chi^2 g'^2 times the sum of Y^2 (10 for the sfermions, 11 with both Higgs doublets), g' at m_Z; for ``universal``
    45 complex sfermion states of coupling g chi. Kinetic mixing couples heavy scalars to hypercharge too: their momenta
    are far above m_Z.
    """
    if charges == "universal":
        return SFERMION_STATES * (g * chi) ** 2
    total = SUM_HYPERCHARGE2_SFERMIONS + (SUM_HYPERCHARGE2_HIGGS if higgs_doublets else 0.0)
    return total * HYPERCHARGE_COUPLING2_MZ * chi**2
