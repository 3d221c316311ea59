r"""Spectra of neutral pions and etas behind proton targets of 0.8 and 8.9 GeV, for beams of dark matter.

Both are fits to charged pions, and neutral pions are taken to have the same spectrum. Only its shape is used; the
number of mesons comes with the experiment. Momenta are in MeV.

- 0.8 GeV: Burman and Smith (LA-11502-MS, 1989), a Gaussian in kinetic energy whose centre, width and amplitude depend
  on the angle, on a water target and on heavy nuclei in the shares of LSND.
- 8.9 GeV: Sanford and Wang on beryllium, mean of pi+ and pi-, and of K0 for etas (MiniBooNE, 0806.1449).

The parameters of both are those of BdNMC (1609.01770) [D].
"""

from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

import numpy as np

from model.physics.quantities import Array
from model.physics.searches.meson_decay import MESON_MASS
from model.physics.units import MEV_PER_GEV

Spectrum = Literal["burman_smith", "sanford_wang_pions", "sanford_wang_kaons"]

_PROTON_KINETIC_MEV = 800.0
_CHARGED_PION_MEV = 139.57
# Of each part of the target: its share, T_A and then sigma_A, each at 730 and at 585 MeV, and the nuclear charge.
_TARGETS = ((0.55, 34.2, 28.9, 150.0, 130.0, 8), (0.45, 29.9, 26.0, 166.0, 135.0, 70))
_KNOTS_DEG = (0.0, 0.0, 0.0, 30.0, 70.0, 180.0, 180.0, 180.0)  # of the quadratic spline of the amplitude
_CUTOFF_WIDTH_MEV = 25.0

_BEAM_GEV = 8.9
# c_1 to c_9 of Sanford and Wang
_SANFORD_WANG: dict[Spectrum, tuple[tuple[float, ...], ...]] = {
    "sanford_wang_pions": (
        (220.7, 1.080, 1.000, 1.978, 1.320, 5.572, 0.0868, 9.686, 1.000),
        (213.7, 0.9379, 5.454, 1.210, 1.284, 4.781, 0.07338, 8.329, 1.000),
    ),
    "sanford_wang_kaons": ((15.13, 1.975, 4.084, 0.928, 0.731, 4.362, 0.048, 13.30, 1.278),),
}

_NODES = (28, 32)  # of momentum and angle


class MesonBeam(NamedTuple):
    """Mesons on a grid: mass and momentum [MeV], angle to the beam, and the fraction of the mesons at each, (k,)."""

    mass: float
    momentum: Array
    angle: Array
    fraction: Array


@cache
def beam(spectrum: Spectrum) -> MesonBeam:
    """The mesons of a spectrum on a grid of momentum and angle.

    Parameters
    ----------
    spectrum : {"burman_smith", "sanford_wang_pions", "sanford_wang_kaons"}
        Fit to pions at 0.8 GeV, to pions at 8.9 GeV, or to kaons at 8.9 GeV, which stand for etas.

    Returns
    -------
    MesonBeam
        Its fractions add up to 1.
    """
    low = spectrum == "burman_smith"
    mass = MESON_MASS["eta" if spectrum == "sanford_wang_kaons" else "pi0"]
    largest = np.sqrt((_PROTON_KINETIC_MEV - _CHARGED_PION_MEV + mass) ** 2 - mass**2) if low else 7.5 * MEV_PER_GEV
    widest = np.pi if low else 0.6
    (x, w), (y, v) = (np.polynomial.legendre.leggauss(n) for n in _NODES)
    momentum, angle = 0.5 * largest * (1.0 + x)[:, None], 0.5 * widest * (1.0 + y)[None, :]
    density: Callable[[Array, Array], Array] = _burman_smith if low else _sanford_wang(spectrum)
    weight = w[:, None] * v[None, :] * np.sin(angle) * density(momentum, angle)
    momentum, angle = (values.ravel() for values in np.broadcast_arrays(momentum, angle))
    return MesonBeam(mass, momentum, angle, weight.ravel() / weight.sum())


def _burman_smith(momentum: Array, angle: Array) -> Array:
    r"""Density in momentum and solid angle, :math:`A(\theta)\,e^{-(\bar T-T)^2/2\sigma^2}/(1+e^{(T-T_F)/B})\,dT/dp`."""
    from scipy.interpolate import BSpline  # only the computation of a table needs it

    energy = np.sqrt(momentum**2 + _CHARGED_PION_MEV**2)
    kinetic, degrees = energy - _CHARGED_PION_MEV, np.degrees(angle)
    total = np.zeros(np.broadcast_shapes(momentum.shape, angle.shape))

    def extrapolated(at_730: float, at_585: float) -> float:
        return (at_730 * (_PROTON_KINETIC_MEV - 585.0) - at_585 * (_PROTON_KINETIC_MEV - 730.0)) / 145.0

    for share, scale_730, scale_585, width_730, width_585, charge in _TARGETS:
        centre = 48.0 + 330.0 * np.exp(-degrees / extrapolated(scale_730, scale_585))
        width = extrapolated(width_730, width_585) * np.exp(-degrees / 85.0)
        heavier = (charge - 12.0) / 10.0
        amplitude = (
            27.0 - 4.0 * ((730.0 - _PROTON_KINETIC_MEV) / 145.0) ** 2,
            18.2,
            8.0,
            13.0 + heavier,
            9.0 + heavier - (_PROTON_KINETIC_MEV - 685.0) / 20.0,
        )
        shape = BSpline(np.array(_KNOTS_DEG), np.array(amplitude), 2)(degrees)
        shape = shape * np.exp(-0.5 * ((centre - kinetic) / width) ** 2)
        total += share * shape / np.sum(np.array(amplitude))
    cutoff = 1.0 + np.exp((kinetic - _PROTON_KINETIC_MEV + 140.0 + 2.0 * _CUTOFF_WIDTH_MEV) / _CUTOFF_WIDTH_MEV)
    density: Array = total / cutoff * momentum / energy
    return density


def _sanford_wang(spectrum: Spectrum) -> Callable[[Array, Array], Array]:
    r"""Density in momentum and solid angle.

    :math:`c_1 p^{c_2}(1 - p/(p_B - c_9))\exp[-c_3 p^{c_4}/p_B^{c_5} - c_6\theta(p - c_7 p_B\cos^{c_8}\theta)]`, summed.
    """

    def density(momentum: Array, angle: Array) -> Array:
        p, total = momentum / MEV_PER_GEV, np.zeros(np.broadcast_shapes(momentum.shape, angle.shape))
        for c1, c2, c3, c4, c5, c6, c7, c8, c9 in _SANFORD_WANG[spectrum]:
            forward = np.maximum(1.0 - p / (_BEAM_GEV - c9), 0.0)
            exponent = c3 * p**c4 / _BEAM_GEV**c5 + c6 * angle * (p - c7 * _BEAM_GEV * np.cos(angle) ** c8)
            total += c1 * p**c2 * forward * np.exp(-exponent)
        return total

    return density
