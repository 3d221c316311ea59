r"""Elastic scattering of neutrinos on electrons by W, Z and U.

A U coupled to neutrinos and electrons adds to the chiral couplings of the Standard Model (Boehm and Fayet 2004,
hep-ph/0305261)

.. math:: \epsilon_{L,R} \to \epsilon_{L,R} + \frac{g_\nu\, g^e_{L,R}}{2\sqrt2\, G_F\, (m_U^2 + 2 m_e T)},

with :math:`\epsilon_L = \sin^2\theta_W - \frac12` (plus 1 for electron neutrinos, by W exchange) and
:math:`\epsilon_R = \sin^2\theta_W`, in

.. math:: \frac{d\sigma}{dT} = \frac{2 G_F^2 m_e}{\pi} \left[\epsilon_L^2 + \epsilon_R^2 \left(1 - \frac TE\right)^2
          - \epsilon_L \epsilon_R \frac{m_e T}{E^2}\right],

L and R exchanged for antineutrinos.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from model.physics.constants import ELECTRON_MASS, FERMI_CONSTANT, MUON_MASS, SIN2_THETA_W
from model.physics.quantities import Array, Couplings

SourceSpectrum = Literal["line", "muon_decay", "reactor"]

_T_NODES, _E_NODES = np.polynomial.legendre.leggauss(10), np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True)
class Beam:
    """Neutrinos of an experiment and the recoils that it counts.

    Attributes
    ----------
    spectrum : {"line", "muon_decay", "reactor"}
        One energy; electron neutrinos from muons at rest, E^2 (1 - 2E/m_mu); or antineutrinos of 235U after Vogel and
        Engel 1989, exp(0.870 - 0.160 E - 0.0910 E^2) with E in MeV [M].
    electron_fraction : float
        Fraction of electron neutrinos; the rest are muon or tau neutrinos.
    antineutrinos : bool
        Whether they are antineutrinos.
    energy : float
        Energy of a line [MeV], or the highest energy of a reactor. It is not used for ``muon_decay``.
    recoil_low, recoil_high : float
        Range of kinetic energies of the electron that count [MeV], cut off at the largest possible one.
    """

    spectrum: SourceSpectrum
    electron_fraction: float
    antineutrinos: bool
    energy: float
    recoil_low: float
    recoil_high: float


def rate_ratio(beam: Beam, m_u: Array, couplings: Couplings) -> Array:
    """Events over those of the Standard Model [1], shape (n,).

    Parameters
    ----------
    beam : Beam
        The experiment.
    m_u : (n,) array
        Mass of U [MeV].
    couplings : Couplings
        Couplings [1], each (n,), the same for all flavours.
    """
    recoil, same, opposite, mixed = _recoils(beam)
    propagator = m_u[:, np.newaxis] ** 2 + 2.0 * ELECTRON_MASS * recoil
    unit = couplings.g_nu[:, np.newaxis] / (2.0 * np.sqrt(2.0) * FERMI_CONSTANT * propagator)
    left, right = unit * couplings.g_e_l[:, np.newaxis], unit * couplings.g_e_r[:, np.newaxis]
    events, expected = np.zeros_like(m_u), 0.0
    for fraction, charged in ((beam.electron_fraction, 1.0), (1.0 - beam.electron_fraction, 0.0)):
        bare = SIN2_THETA_W - 0.5 + charged, SIN2_THETA_W
        moved = bare[0] + left, bare[1] + right
        if beam.antineutrinos:
            bare, moved = bare[::-1], moved[::-1]
        expected += fraction * float(np.sum(bare[0] ** 2 * same + bare[1] ** 2 * opposite - bare[0] * bare[1] * mixed))
        # a sum along each row: a matrix product would round a point as its neighbours decide
        terms = moved[0] ** 2 * same + moved[1] ** 2 * opposite - moved[0] * moved[1] * mixed
        events += fraction * terms.sum(axis=1)
    return events / expected


def _recoils(beam: Beam) -> tuple[Array, Array, Array, Array]:
    """Nodes in T [MeV] and weights of the three terms of the cross-section, each (k,)."""
    energy = MUON_MASS / 2.0 if beam.spectrum == "muon_decay" else beam.energy
    high = min(beam.recoil_high, 2.0 * energy**2 / (2.0 * energy + ELECTRON_MASS))
    half = 0.5 * (high - beam.recoil_low)
    recoil = beam.recoil_low + half * (1.0 + _T_NODES[0])
    if beam.spectrum == "line":
        e = np.full((recoil.size, 1), energy)
        flux = np.ones_like(e)
    else:
        lowest = 0.5 * (recoil + np.sqrt(recoil * (recoil + 2.0 * ELECTRON_MASS)))[:, np.newaxis]
        e = lowest + 0.5 * (energy - lowest) * (1.0 + _E_NODES[0])
        michel = beam.spectrum == "muon_decay"
        flux = e**2 * (1.0 - e / energy) if michel else np.exp(-0.160 * e - 0.0910 * e**2)
        flux = flux * 0.5 * (energy - lowest) * _E_NODES[1]
    weight = half * _T_NODES[1]
    t = recoil[:, np.newaxis]
    terms = (flux, flux * (1.0 - t / e) ** 2, flux * ELECTRON_MASS * t / e**2)
    same, opposite, mixed = (weight * term.sum(axis=1) for term in terms)
    return recoil, same, opposite, mixed
