r"""Invisible decays of heavy quarkonium through U.

The 1-- state V couples to a vector current of its quark as to the photon, so that its decay by a virtual U is

.. math:: \frac{\Gamma(V \to XX)}{\Gamma(V \to e^+e^-)} = \left(\frac{g_V^q}{e_q e}\right)^2
          \left(\frac{m_V^2}{m_V^2 - m_U^2}\right)^2 \frac{\Gamma_{XX}(m_V)}{e^2 m_V / 12\pi},

with Gamma_XX(m_V) the width of a U of mass m_V into dark matter, and likewise for neutrinos. An axial current does not
couple to one 1-- state, but to one and a photon: a light longitudinal U acts as a pseudoscalar of coupling
2 g_A m_q/m_U, and

.. math:: \frac{\Gamma(V \to \gamma U)}{\Gamma(V \to e^+e^-)} = \frac{2\,(g_A^q m_q)^2}{\pi\alpha\,m_U^2}
          \left(1 - \frac{m_U^2}{m_V^2}\right) C_{QCD}, \qquad m_q = m_V/2

(Wilczek 1977; Fayet 2006, hep-ph/0607094, and 2007, hep-ph/0702176), with C_QCD = 1/2 for radiative and relativistic
corrections [M]. A vector current is forbidden there by charge conjugation.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from model.physics.constants import ALPHA, E_CHARGE
from model.physics.hidden_sector import u_decay
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum, Widths

QCD_CORRECTION = 0.5
NEUTRINO_FLAVOURS = 3


@dataclass(frozen=True)
class Quarkonium:
    """A 1-- state: mass [MeV], branching ratio to e+e- and the type of its quark."""

    mass: float
    br_ee: float
    quark: Literal["up", "down"]

    @property
    def quark_charge(self) -> float:
        """Electric charge of the quark [1]."""
        return 2.0 / 3.0 if self.quark == "up" else -1.0 / 3.0

    def quark_couplings(self, couplings: Couplings) -> tuple[Array, Array]:
        """Vector and axial coupling of its quark to U [1], each (n,)."""
        left, right = (couplings.g_u_l, couplings.g_u_r) if self.quark == "up" else (couplings.g_d_l, couplings.g_d_r)
        return 0.5 * (left + right), 0.5 * (right - left)


def invisible_branching(
    state: Quarkonium, spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter
) -> Array:
    """BR(V -> dark matter or neutrinos) [1], shape (n,).

    Parameters
    ----------
    state : Quarkonium
        V.
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    """
    vector, _ = state.quark_couplings(couplings)
    mass = np.full_like(spectrum.m_u, state.mass)
    invisible = u_decay.width_to_dark_matter(mass, spectrum.m_dm, couplings.g_dm, dark_matter)
    invisible = invisible + NEUTRINO_FLAVOURS * couplings.g_nu**2 * mass / (24.0 * np.pi)
    electrons = E_CHARGE**2 * mass / (12.0 * np.pi)
    offset = mass**2 - spectrum.m_u**2
    propagator = mass**4 / (offset**2 + (spectrum.m_u * widths.total) ** 2)
    branching: Array = (
        state.br_ee * (vector / (state.quark_charge * E_CHARGE)) ** 2 * propagator * invisible / electrons
    )
    return branching


def radiative_invisible_branching(state: Quarkonium, spectrum: Spectrum, couplings: Couplings, widths: Widths) -> Array:
    """BR(V -> gamma U, U invisible) [1], shape (n,), for m_U well below m_V; 0 above.

    U is invisible where it decays to dark matter. Decays of U to neutrinos are not part of its widths here, and a U
    that leaves the detector before it decays to e+e- is not counted.
    """
    _, axial = state.quark_couplings(couplings)
    phase_space = np.maximum(1.0 - (spectrum.m_u / state.mass) ** 2, 0.0)
    produced = 2.0 * (axial * 0.5 * state.mass / spectrum.m_u) ** 2 / (np.pi * ALPHA) * phase_space * QCD_CORRECTION
    branching: Array = state.br_ee * produced * widths.dark_matter / widths.total
    return branching
