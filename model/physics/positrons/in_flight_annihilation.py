r"""Gamma rays from positrons that annihilate in flight, and the table of all continuum photons per observed positron.

A positron injected with kinetic energy E_k slows down in the gas and, at energy E, annihilates with probability

.. math::
    d\tau = \frac{n_e\sigma(E)}{|dE/dx|}\,dE, \qquad P(E_k\to E) = e^{-[\tau(E_k) - \tau(E)]}.

The line at 511 keV counts those that come to rest, a fraction P(E_k -> 0). Per positron at rest there are therefore

.. math::
    \frac{dN}{dk} = \frac{1}{P(E_k\to 0)}\int_0^{E_k} P(E_k\to E)\,\frac{1}{\sigma}\frac{d\sigma}{dk}\,d\tau
        = \int_0^{E_k} e^{\tau(E)}\,\frac{1}{\sigma}\frac{d\sigma}{dk}\,d\tau

photons in flight: one integral that serves every E_k. Beacom & Yueksel 2006, astro-ph/0512411;
docs/physics/galaxy.md 6. Positrons stay in the gas where they are made. The photon energy k and the Lorentz factor
g = 1 + E/m_e are in units of m_e.
"""

import itertools
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from model.physics.constants import ELECTRON_MASS
from model.physics.positrons import internal_bremsstrahlung
from model.physics.positrons.energy_loss import ELECTRON_RADIUS_CM, LOWEST_ENERGY_MEV, energy_loss
from model.physics.quantities import FRACTION, Array, Parameter

Processes = Literal["in_flight_and_internal", "in_flight", "internal"]

X_ION = Parameter(
    "x_ion",
    "1",
    r"x_{\rm ion}",
    FRACTION,
    "fraction of the electrons on the path of the positrons that is in ionised gas",
    0.51,  # warm ionised fraction of the annihilations, Jean et al. 2006, astro-ph/0509298
)
PARAMETERS: tuple[Parameter, ...] = (X_ION,)
"""Nuisance parameter of the gas."""

_ENERGY_MEV = (LOWEST_ENERGY_MEV, 1.0e4)
_FINE_NODES = 8001  # trapezoid rule in ln E
_COARSE = 20  # one fine node in so many is a node of the table: interpolation error below 0.5 % (tests)
_X_ION_NODES = 33


def cross_section(energy: Array) -> Array:
    r"""Two-photon annihilation of a positron with an electron at rest.

    .. math::
        \sigma = \frac{\pi r_e^2}{g+1}\left[\frac{g^2+4g+1}{g^2-1}\ln\left(g+\sqrt{g^2-1}\right)
            - \frac{g+3}{\sqrt{g^2-1}}\right]

    Dirac 1930; Heitler, Quantum Theory of Radiation, section 27.

    Parameters
    ----------
    energy : array
        Kinetic energy of the positron [MeV], positive.

    Returns
    -------
    array
        Cross-section per electron [cm^2].
    """
    t = np.asarray(energy, dtype=np.float64) / ELECTRON_MASS
    g, momentum2 = 1.0 + t, t * (t + 2.0)
    bracket = (g * g + 4.0 * g + 1.0) / momentum2 * np.arcsinh(np.sqrt(momentum2)) - (g + 3.0) / np.sqrt(momentum2)
    result: Array = np.pi * ELECTRON_RADIUS_CM**2 / (g + 1.0) * bracket
    return result


def photon_number(energy: Array, low: float, high: float) -> Array:
    r"""Photons between two energies per annihilation at a given positron energy; 2 over the whole range.

    .. math::
        \frac{d\sigma}{dk} = \frac{\pi r_e^2}{g^2\beta^2}\left\{\frac{-\frac{3+g}{1+g} + \frac{3+g}{k} - \frac{1}{k^2}}
            {\left[1 - k/(1+g)\right]^2} - 2\right\}, \qquad
        k \in \tfrac{1+g}{2}\left[1 \mp \sqrt{(g-1)/(g+1)}\right]

    (Beacom & Yueksel 2006) counts both photons. With :math:`a = 1 + g` and :math:`y = k/a` its primitive is, in units
    of :math:`\pi r_e^2/g^2\beta^2`,

    .. math::
        \left(a + 2 - \frac2a\right)\ln\frac{y}{1-y} - \frac{2y-1}{a\,y(1-y)} - 2ay .

    Parameters
    ----------
    energy : (n,) array
        Kinetic energy of the positron [MeV], positive.
    low, high : float
        Photon energies [MeV], 0 < low < high.

    Returns
    -------
    (n,) array
        Number [1].
    """
    t = np.asarray(energy, dtype=np.float64) / ELECTRON_MASS
    a = t + 2.0
    half = 0.5 * np.sqrt(t / a)
    ends = (np.clip(k / ELECTRON_MASS / a, 0.5 - half, 0.5 + half) for k in (low, high))
    below, above = (
        (a + 2.0 - 2.0 / a) * np.log(y / (1.0 - y)) - (2.0 * y - 1.0) / (a * y * (1.0 - y)) - 2.0 * a * y for y in ends
    )
    result: Array = np.pi * ELECTRON_RADIUS_CM**2 / (t * a) * (above - below) / cross_section(energy)
    return result


@cache
def _fine_energies() -> Array:
    return np.geomspace(*_ENERGY_MEV, _FINE_NODES)


def _depth(x_ion: Array) -> tuple[Array, Array]:
    """Slope d tau / d ln E and tau on the fine energies, each (len(x_ion), _FINE_NODES); tau is 0 at the lowest."""
    energies = _fine_energies()
    rate = cross_section(energies) * energies / energy_loss(energies, x_ion[:, None])
    return rate, _cumulative(rate)


def _cumulative(integrand: Array) -> Array:
    """Integral over ln E from the lowest fine energy to each, along the last axis."""
    step = np.log(_ENERGY_MEV[1] / _ENERGY_MEV[0]) / (_FINE_NODES - 1)
    cells = 0.5 * step * (integrand[..., 1:] + integrand[..., :-1])
    result: Array = np.concatenate([np.zeros((*integrand.shape[:-1], 1)), np.cumsum(cells, axis=-1)], axis=-1)
    return result


def survival_probability(e_kin: Array, x_ion: float) -> Array:
    """Fraction P(E_k -> 0) of the positrons that come to rest, shape (n,).

    Parameters
    ----------
    e_kin : (n,) array
        Kinetic energy at injection [MeV], at most 10 GeV; below 100 eV it counts as 100 eV.
    x_ion : float
        Fraction of the electrons in ionised gas [1].
    """
    _, depth = _depth(np.array([x_ion]))
    result: Array = np.exp(-np.interp(np.log(e_kin), np.log(_fine_energies()), depth[0]))
    return result


def fraction_at_rest(e_kin: Array, x_ion: Array) -> Array:
    """Fraction P(E_k -> 0) of the positrons that come to rest and make the line, interpolated in a table.

    Parameters
    ----------
    e_kin : (n,) array
        Kinetic energy at injection [MeV], positive; beyond 10 GeV the fraction at 10 GeV.
    x_ion : (n,) array
        Fraction of the electrons in ionised gas [1], in [0, 1].

    Returns
    -------
    (n,) array
        Fraction [1], interpolated with a relative error below 3e-4 (tests).

    Raises
    ------
    ValueError
        If a fraction of ionised gas is outside [0, 1].
    """
    if not np.all((x_ion >= 0.0) & (x_ion <= 1.0)):
        raise ValueError(f"x_ion must be in [0, 1], got {x_ion}")
    nodes = _depth_nodes()
    step = np.log(_ENERGY_MEV[1] / _ENERGY_MEV[0]) / (nodes.shape[1] - 1)
    position = np.clip(np.log(e_kin / _ENERGY_MEV[0]) / step, 0.0, nodes.shape[1] - 1.0)
    result: Array = np.exp(-_bilinear(nodes, position, x_ion * (_X_ION_NODES - 1))[:, 0])
    return result


@cache
def _depth_nodes() -> Array:
    """The optical depth tau on coarse nodes, (x_ion, energy, 1)."""
    _, depth = _depth(np.linspace(0.0, 1.0, _X_ION_NODES))
    return depth[:, ::_COARSE, None]


def photons_per_positron(e_kin: Array, x_ion: float, edges: Array) -> Array:
    """In-flight photons between successive energies per positron at rest.

    Parameters
    ----------
    e_kin : (n,) array
        Kinetic energy at injection [MeV], within [1e-4, 1e4].
    x_ion : float
        Fraction of the electrons in ionised gas [1].
    edges : (k + 1,) array
        Photon energies [MeV], increasing.

    Returns
    -------
    (n, k) array
        Photons [1]; relative error below 1e-4 except within 1 % of a threshold.
    """
    rate, depth = _depth(np.array([x_ion]))
    energies, weight = _fine_energies(), (np.exp(depth) * rate)[0]
    bins = [_cumulative(weight * photon_number(energies, low, high)) for low, high in itertools.pairwise(edges)]
    return np.stack([np.interp(np.log(e_kin), np.log(energies), each) for each in bins], axis=1)


@dataclass(frozen=True)
class ContinuumTable:
    """Photons per positron at rest in each bin, on a uniform grid in ln E_k and x_ion.

    Parameters
    ----------
    ln_energy : (n_e,) array
        Nodes in ln(E_k / MeV).
    x_ion : (n_x,) array
        Nodes in the fraction of ionised gas.
    photons : (n_x, n_e, bins) array
        Number [1].
    """

    ln_energy: Array
    x_ion: Array
    photons: Array

    def evaluate(self, e_kin: Array, x_ion: Array) -> Array:
        """Bilinear interpolation at n points; beyond 10 GeV the numbers at 10 GeV.

        Parameters
        ----------
        e_kin : (n,) array
            Kinetic energy at injection [MeV], positive.
        x_ion : (n,) array
            Fraction of the electrons in ionised gas [1], in [0, 1].

        Returns
        -------
        (n, bins) array
            Photons per positron at rest [1], error below 0.5 % except within a few per cent of a bin's threshold.

        Raises
        ------
        ValueError
            If a fraction is outside [0, 1].
        """
        if not np.all((x_ion >= 0.0) & (x_ion <= 1.0)):
            raise ValueError(f"x_ion must be in [0, 1], got {x_ion}")
        step = self.ln_energy[1] - self.ln_energy[0]
        position = np.clip((np.log(e_kin) - self.ln_energy[0]) / step, 0.0, len(self.ln_energy) - 1.0)
        return _bilinear(self.photons, position, x_ion * (len(self.x_ion) - 1))


def _bilinear(nodes: Array, position: Array, place: Array) -> Array:
    """Interpolate nodes (n_x, n_e, k) at n points, given in units of the steps of the two grids; shape (n, k)."""
    row = np.minimum(position.astype(np.intp), nodes.shape[1] - 2)
    column = np.minimum(place.astype(np.intp), nodes.shape[0] - 2)
    right, up = (position - row)[:, None], (place - column)[:, None]
    lower = nodes[column, row] * (1.0 - right) + nodes[column, row + 1] * right
    upper = nodes[column + 1, row] * (1.0 - right) + nodes[column + 1, row + 1] * right
    result: Array = lower * (1.0 - up) + upper * up
    return result


@cache
def continuum_table(
    bins: tuple[tuple[float, float], ...], processes: Processes = "in_flight_and_internal"
) -> ContinuumTable:
    """Table of the photons in flight and of internal bremsstrahlung; a fraction of a second of work, kept in memory.

    Parameters
    ----------
    bins : tuple of (float, float)
        Lower and upper photon energy of each bin [MeV].
    processes : {"in_flight_and_internal", "in_flight", "internal"}
        Which photons count. With ``internal`` no positron annihilates in flight: all injected positrons come to rest.

    Returns
    -------
    ContinuumTable
    """
    energies = _fine_energies()
    x_ion = np.linspace(0.0, 1.0, _X_ION_NODES)
    nodes = energies[::_COARSE]
    photons = np.zeros((_X_ION_NODES, len(nodes), len(bins)))
    rate, depth = _depth(x_ion)
    for b, (low, high) in enumerate(bins):
        if processes != "internal":
            in_flight = _cumulative(np.exp(depth) * rate * photon_number(energies, low, high))
            photons[:, :, b] += in_flight[:, ::_COARSE]
        if processes != "in_flight":
            internal = internal_bremsstrahlung.photon_number(nodes + ELECTRON_MASS, low, high)
            made_per_rest = 1.0 if processes == "internal" else np.exp(depth[:, ::_COARSE])
            photons[:, :, b] += internal * made_per_rest
    return ContinuumTable(np.log(nodes), x_ion, photons)
