r"""Decays of pi0 and eta to gamma U, from the triangle anomaly."""

from typing import Literal, get_args

import numpy as np

from model.physics.constants import E_CHARGE
from model.physics.quantities import Array, Couplings

Meson = Literal["pi0", "eta"]
MESONS: tuple[Meson, ...] = get_args(Meson)

MESON_MASS: dict[Meson, float] = {"pi0": 134.9768, "eta": 547.862}  # [MeV] PDG 2024
TWO_PHOTON_RATIO: dict[Meson, float] = {"pi0": 0.98823, "eta": 0.3936}  # PDG 2024
# Poles [MeV] of the transition form factors: slope 0.0335 of pi0 (PDG 2024), 1.95 GeV^-2 of eta (NA60, 0902.2547)
_POLE: dict[Meson, float] = {"pi0": MESON_MASS["pi0"] / 0.0335**0.5, "eta": 1e3 / 1.95**0.5}
# eta in the flavour basis, cos(phi) (uu + dd)/sqrt 2 - sin(phi) ss, and f_s/f_q (Feldmann, Kroll, Stech hep-ph/9802409)
_ETA_ANGLE = np.radians(39.3)
_F_STRANGE = 1.34 / 1.07


def quark_charges(couplings: Couplings) -> tuple[Array, Array]:
    """Vector couplings of up and down quarks over e, each (n,); strange quarks couple like down quarks."""
    g_u = (couplings.g_u_l + couplings.g_u_r) / (2.0 * E_CHARGE)
    g_d = (couplings.g_d_l + couplings.g_d_r) / (2.0 * E_CHARGE)
    return g_u, g_d


def squared_charge(couplings: Couplings, meson: Meson) -> Array:
    r"""Rate of meson to gamma U relative to a dark photon of epsilon = 1 [1], shape (n,).

    The amplitude is :math:`\sum_q c_q Q_q g_q / f_q` over the flavours of the meson. With :math:`g_s = g_d`, in units
    of e,

    .. math::
        \pi^0:\ (2 g_u + g_d)^2, \qquad \eta:\ \left[\frac{(2 g_u - g_d)\cos\phi/\sqrt2 f_q + g_d \sin\phi/f_s}
        {5\cos\phi/3\sqrt2 f_q - \sin\phi/3 f_s}\right]^2 .

    Only vector couplings contribute (C parity). hep-ph/9802409 has the mixing angle and the decay constants.

    Parameters
    ----------
    couplings : Couplings
        Couplings [1], each (n,).
    meson : {"pi0", "eta"}
        Which meson.
    """
    g_u, g_d = quark_charges(couplings)
    charge: Array = 2.0 * g_u + g_d
    if meson == "eta":
        light, strange = np.cos(_ETA_ANGLE) / np.sqrt(2.0), np.sin(_ETA_ANGLE) / _F_STRANGE
        charge = ((2.0 * g_u - g_d) * light + g_d * strange) / ((5.0 * light - strange) / 3.0)
    return charge**2


def branching_ratio(m_u: Array, meson: Meson, *, form_factor: bool) -> Array:
    r"""Branching ratio of meson to gamma U per `squared_charge` [1], shape (n,); zero above the meson.

    :math:`2\,{\rm BR}(\gamma\gamma)\,(1 - m_U^2/m^2)^3 |F|^2`, where :math:`|F|^2 = (1 - m_U^2/\Lambda^2)^{-2}` is
    the measured transition form factor or 1.

    Parameters
    ----------
    m_u : (n,) array
        Mass of U [MeV].
    meson : {"pi0", "eta"}
        Which meson.
    form_factor : bool
        Whether the factor F is included.
    """
    mass = MESON_MASS[meson]
    ratio2 = (np.minimum(m_u, mass) / mass) ** 2
    result: Array = 2.0 * TWO_PHOTON_RATIO[meson] * (1.0 - ratio2) ** 3
    if form_factor:
        result /= (1.0 - ratio2 * (mass / _POLE[meson]) ** 2) ** 2
    return result
