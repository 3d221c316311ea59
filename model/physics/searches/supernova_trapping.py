r"""Whether dark matter made in the core of SN 1987A is trapped there by scattering off electrons.

Trapped dark matter leaves from its own last-scattering surface. If that lies outside the one of the neutrinos, it
carries away no more energy than a neutrino species does, and the cooling bounds on free streaming do not apply
(docs/physics/kinetic_mixing.md 7). The depth counts from the neutrino sphere outwards, the conservative choice: the
core is deeper by orders of magnitude.

Profile of Chang, Essig, McDermott 2017, 1611.03864, after Raffelt 1996, beyond R_c = 10 km [M]:
:math:`\rho = 3\times10^{14}\,{\rm g/cm^3}\,(r/R_c)^{-5}`, :math:`T = 30\,{\rm MeV}\,(r/R_c)^{-5/3}`, Y_e = 0.3.
"""

import numpy as np

from model.physics.constants import HBAR_C_MEV_CM
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum
from model.physics.units import CM2_PER_MEV_MINUS2

CORE_KM, NEUTRINO_SPHERE_KM, OUTERMOST_KM = 10.0, 20.0, 200.0
CORE_DENSITY, CORE_TEMPERATURE = 3.0e14, 30.0  # [g/cm^3], [MeV]
DENSITY_SLOPE = 5.0
ELECTRON_FRACTION = 0.3
NUCLEON_MASS_G = 1.6749e-24
CM_PER_KM = 1.0e5

TRAPPED_DEPTH = 3.0  # docs/physics/kinetic_mixing.md 7

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


def optical_depth(spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter) -> Array:
    r"""Optical depth :math:`\tau = \int n_e \sigma_{tr} F\,dr` from the neutrino sphere outwards.

    Dark matter and electrons are taken to be relativistic, with s = 2 E_X E_e, E_X = 3 T and E_e the larger of 3 T and
    3/4 of the Fermi energy; F = min(1, 3 T / E_F) is the fraction of electrons that may scatter. Transport
    cross-section

    .. math:: \sigma_{tr} = \frac{g_X^2 (g_L^2 + g_R^2)}{8\pi s^3} \int_0^s d\tau\,\tau\,
                  \frac{s^2 + (s - \tau)^2}{(\tau + m_U^2)^2}

    of massless fermions, weighted by 1 - cos; half as much for a single chirality of dark matter, and equal to that of
    scalars but for large angles. Scattering off nucleons, which would add to it, and the mass of dark matter are left
    out.

    Parameters
    ----------
    spectrum, couplings : Spectrum, Couplings
        Masses [MeV] and couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.

    Returns
    -------
    (n,) array
        Depth [1].
    """
    half = 0.5 * np.log(OUTERMOST_KM / NEUTRINO_SPHERE_KM)
    radius = NEUTRINO_SPHERE_KM / CORE_KM * np.exp(half * (1.0 + _NODES))
    density = CORE_DENSITY * radius**-DENSITY_SLOPE * ELECTRON_FRACTION / NUCLEON_MASS_G  # electrons [cm^-3]
    temperature = CORE_TEMPERATURE * radius ** (-DENSITY_SLOPE / 3.0)
    fermi = np.cbrt(3.0 * np.pi**2 * density) * HBAR_C_MEV_CM
    s = 2.0 * 3.0 * temperature * np.maximum(3.0 * temperature, 0.75 * fermi)
    column = density * np.minimum(3.0 * temperature / fermi, 1.0)  # per cm
    kernel = _transport(s / spectrum.m_u[:, np.newaxis] ** 2) / s
    depth = (kernel * (column * half * _WEIGHTS * radius * CORE_KM * CM_PER_KM)).sum(axis=1)
    strength = couplings.g_dm**2 * (couplings.g_e_l**2 + couplings.g_e_r**2) * sum(dark_matter.static_currents)
    total: Array = strength / (8.0 * np.pi) * depth * CM2_PER_MEV_MINUS2
    return total


def trapped(depth: Array) -> Array:
    """Whether the depth exceeds 3, as 0 or 1, shape (n,)."""
    return (depth > TRAPPED_DEPTH).astype(np.float64)


def _transport(ratio: Array) -> Array:
    """Return int_0^1 dy y (1 + (1 - y)^2) / (y + 1/ratio)^2 [1], any shape."""
    # y = (e^w - 1) / ratio spreads the nodes evenly between the mass of U and the largest momentum transfer.
    depth = 0.5 * np.log1p(ratio)
    total = np.zeros_like(ratio)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        w = depth * (1.0 + node)
        scaled = np.expm1(w)
        y = scaled / ratio
        total += weight * depth * scaled * np.exp(-w) * (1.0 + (1.0 - y) ** 2)
    return total
