r"""Photons radiated in the annihilation of dark matter itself, X X -> e+ e- gamma (final-state radiation).

.. math::
    \frac{dN}{dE} = \frac{\alpha}{\pi}\,\frac{1}{E}\left[\ln\frac{s'}{m_e^2} - 1\right]
        \left[1 + \left(\frac{s'}{s}\right)^2\right], \qquad s = 4E_0^2,\quad s' = 4E_0(E_0 - E),

with :math:`E_0 = \sqrt{s}/2` the energy of each lepton before radiating: m for annihilation at rest, m/2 for decay.
Beacom, Bell & Bertone 2005, astro-ph/0409403; docs/physics/galaxy.md 6. It holds for relativistic leptons: close
to the endpoint the bracket is cut at zero. The formula does not depend on the gas.
"""

import numpy as np

from model.physics.constants import ALPHA, ELECTRON_MASS
from model.physics.quantities import Array

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def spectrum(lepton_energy: Array, photon_energy: Array) -> Array:
    """Photons per energy and annihilation [1/MeV].

    Parameters
    ----------
    lepton_energy : array
        Energy E_0 of each lepton before radiating [MeV], above m_e.
    photon_energy : array that broadcasts with it
        E [MeV], positive.

    Returns
    -------
    array, broadcast shape
        dN/dE; zero beyond the endpoint.
    """
    ratio = 1.0 - photon_energy / lepton_energy  # s'/s
    possible = np.where(ratio > 0.0, ratio, 1.0)
    logarithm = np.maximum(np.log(4.0 * lepton_energy**2 * possible / ELECTRON_MASS**2) - 1.0, 0.0)
    result: Array = np.where(ratio > 0.0, ALPHA / np.pi / photon_energy * logarithm * (1.0 + ratio**2), 0.0)
    return result


def photon_number(lepton_energy: Array, low: float, high: float) -> Array:
    """Photons per annihilation between two energies.

    Parameters
    ----------
    lepton_energy : (n,) array
        E_0 [MeV], above m_e.
    low, high : float
        Photon energies [MeV], 0 < low < high.

    Returns
    -------
    (n,) array
        Number [1]; Gauss-Legendre in ln E, error below 1e-3 for bins up to a factor 30 wide.
    """
    # the bracket reaches zero where s' = e m_e^2
    end = lepton_energy - 0.25 * np.e * ELECTRON_MASS**2 / lepton_energy
    top = np.clip(end, low, high)
    width = np.log(top / low)
    energies = low * np.exp(width[:, None] * 0.5 * (1.0 + _NODES))
    number: Array = 0.5 * width * (energies * spectrum(lepton_energy[:, None], energies) * _WEIGHTS).sum(axis=1)
    return number
