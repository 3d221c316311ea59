"""Charges of the MSSM fields under U(1)_h, which give the parameter chi its meaning (docs/physics/model.md 4)."""

from typing import Literal, NamedTuple

import numpy as np

from model.physics.constants import COS_THETA_W, E_CHARGE, HYPERCHARGE_COUPLING2_MZ
from model.physics.quantities import Array, Couplings

Charges = Literal["kinetic_mixing", "hypercharge", "universal"]


class FermionCharges(NamedTuple):
    """Charges of one generation of chiral fermions [1]."""

    e_l: float
    e_r: float
    nu: float
    u_l: float
    u_r: float
    d_l: float
    d_r: float


ELECTRIC = FermionCharges(e_l=-1.0, e_r=-1.0, nu=0.0, u_l=2 / 3, u_r=2 / 3, d_l=-1 / 3, d_r=-1 / 3)
HYPERCHARGE = FermionCharges(e_l=-1 / 2, e_r=-1.0, nu=-1 / 2, u_l=1 / 6, u_r=2 / 3, d_l=1 / 6, d_r=-1 / 3)
UNIVERSAL = FermionCharges(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
SUM_HYPERCHARGE2_SFERMIONS = 10.0  # complex sfermions of three generations, 10/3 each
SUM_HYPERCHARGE2_HIGGS = 1.0  # both Higgs doublets
SFERMION_STATES = 45  # complex sfermion states, three generations without right-handed sneutrinos


def visible_couplings(charges: Charges, g: Array, chi: Array, g_dm: Array) -> Couplings:
    r"""Couplings of U to one generation of fermions.

    - ``kinetic_mixing``: U couples to electric charge, `dark_photon` with :math:`\epsilon = \chi\cos\theta_W`.
    - ``hypercharge``: the paper's estimate :math:`h_f = Y_f \chi g'/g`, so :math:`g_{L,R} = Y_{L,R}\,\chi g'`, chiral,
      for neutrinos too; g' at low energy is :math:`e/\cos\theta_W` with :math:`e^2 = 4\pi\alpha(0)`.
    - ``universal``: the paper's section before mixing, one charge :math:`h_f` for all fields,
      :math:`g_L = g_R = g h_f`; the parameter chi is then :math:`h_f`. The current is isoscalar: the omega couples,
      two pions do not.

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
        return dark_photon(g_dm, chi * COS_THETA_W)
    if charges == "hypercharge":
        return _scaled(HYPERCHARGE, chi * E_CHARGE / COS_THETA_W, g_dm, chi * COS_THETA_W)
    return _scaled(UNIVERSAL, g * chi, g_dm, g * chi / E_CHARGE)


def dark_photon(g_dm: Array, epsilon: Array) -> Couplings:
    r"""Couplings to electric charge, :math:`g_L = g_R = \epsilon e Q_f`.

    This holds at momenta far below m_Z. Axial and neutrino couplings, which are smaller by m_U^2/m_Z^2, are left out
    (docs/physics/kinetic_mixing.md 6).

    Parameters
    ----------
    g_dm, epsilon : (n,) array
        Coupling to the dark matter and kinetic mixing [1].
    """
    return _scaled(ELECTRIC, epsilon * E_CHARGE, g_dm, epsilon)


def charged_leptons(g_dm: Array, g_l: Array, g_r: Array) -> Couplings:
    """Chiral couplings to charged leptons alone, each (n,): neutrinos and quarks do not couple.

    Without couplings of neutrinos the left-handed coupling breaks weak isospin. The simplified model leaves the
    restoration of the symmetry to its completion.
    """
    nothing = np.zeros_like(g_l)
    return Couplings(
        g_dm=g_dm,
        g_e_l=g_l,
        g_e_r=g_r,
        g_nu=nothing,
        g_u_l=nothing,
        g_u_r=nothing,
        g_d_l=nothing,
        g_d_r=nothing,
        epsilon=np.abs(g_l + g_r) / (2.0 * E_CHARGE),
        g_pseudoscalar=nothing,
    )


def _scaled(charges: FermionCharges, unit: Array, g_dm: Array, epsilon: Array) -> Couplings:
    fermions = {f"g_{name}": charge * unit for name, charge in charges._asdict().items()}
    return Couplings(g_dm=g_dm, epsilon=epsilon, g_pseudoscalar=np.zeros_like(g_dm), **fermions)


def sum_squared_scalar_couplings(charges: Charges, g: Array, chi: Array, *, higgs_doublets: bool) -> Array:
    """Sum of g_Uff^2 over the MSSM scalars in the loop of Eq. (2), shape (n,).

    chi^2 g'^2 times the sum of Y^2 (10 for the sfermions, 11 with both Higgs doublets), g' at m_Z; for ``universal``
    45 complex sfermion states of coupling g chi. With kinetic mixing heavy scalars couple to hypercharge as well,
    because the momenta in the loop are far above m_Z.
    """
    if charges == "universal":
        return SFERMION_STATES * (g * chi) ** 2
    total = SUM_HYPERCHARGE2_SFERMIONS + (SUM_HYPERCHARGE2_HIGGS if higgs_doublets else 0.0)
    return total * HYPERCHARGE_COUPLING2_MZ * chi**2


def squared_scalar_coupling(charges: Charges, g: Array, chi: Array) -> Array:
    """g_Uff^2 [1] of an MSSM scalar of unit hypercharge, or of any scalar if charges are ``universal``, shape (n,)."""
    squared: Array = (g * chi) ** 2 if charges == "universal" else HYPERCHARGE_COUPLING2_MZ * chi**2
    return squared
