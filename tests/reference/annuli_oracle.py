"""Slow, independent annuli: lines of sight through the (smeared) emissivity, and a pixel sum for the telescope.

Written from docs/physics/galaxy.md 4 and 5: emission per volume, lines of sight, a Gaussian point-spread
function on the sphere, annuli. Shares nothing with the package: no spherical shells, no Bessel functions; smearing
acts on the emission and not on the view. One halo at a time.
"""

import itertools
import math

import numpy as np
from reference.galaxy_oracle import KPC, R_MAX, R_MIN, Oracle
from scipy.integrate import quad
from scipy.interpolate import CubicSpline

EDGES = (0.0, 3.0, 6.0, 10.0, 15.0)  # [deg]


def emission(halo: Oracle, kind: str):
    """Emission per volume as a function of r [kpc]."""
    if kind == "s_wave":
        return lambda r: halo.density(r) ** 2
    if kind == "p_wave":
        return lambda r: halo.density(r) ** 2 * halo.relative_speed_squared(r)
    return halo.density


def smeared(function, width_kpc: float):
    """Average of a function of r over a Gaussian displacement in three dimensions, splined.

    Over the distance r' of the point of emission from the centre and the angle between r' and r, the angle done first:
    the mean of exp(-|r - r'|^2 / 2 w^2) over directions is (w^2 / r r') sinh(r r' / w^2) exp(-(r^2 + r'^2) / 2 w^2).
    """

    def at(r):
        def per_ln(t):
            there = math.exp(t)
            near = math.exp(-0.5 * ((r - there) / width_kpc) ** 2) - math.exp(-0.5 * ((r + there) / width_kpc) ** 2)
            angle_mean = near * width_kpc**2 / (2.0 * r * there)
            return 4.0 * math.pi * there**3 * function(there) * angle_mean / (2.0 * math.pi * width_kpc**2) ** 1.5

        low, high = max(R_MIN, r - 9.0 * width_kpc), min(R_MAX, r + 9.0 * width_kpc)
        middle = [math.log(x) for x in (1e-4, 1e-2, 0.1 * width_kpc, width_kpc, r) if low < x < high]
        ends = sorted([math.log(low), *middle, math.log(high)])
        return sum(quad(per_ln, a, b, epsabs=0.0, epsrel=1e-8, limit=300)[0] for a, b in itertools.pairwise(ends))

    grid = np.concatenate([np.geomspace(1e-3 * width_kpc, 3.0, 90), np.geomspace(3.2, 0.9 * R_MAX, 40)])
    spline = CubicSpline(np.log(grid), np.log([at(r) for r in grid]))
    return lambda r: math.exp(spline(math.log(min(max(r, grid[0]), grid[-1]))))


def brightness(halo: Oracle, function, psi_deg: float) -> float:
    """Integral along the line of sight at an angle from the centre [kpc times the unit of the function]."""
    psi = math.radians(psi_deg)
    impact, nearest = halo.r_sun * math.sin(psi), halo.r_sun * math.cos(psi)

    def per_y(y):  # z = impact sinh y from the point of closest approach
        r = impact * math.cosh(y)
        return function(r) * r

    pieces = ((0.0, math.acosh(R_MAX / impact)), (0.0, math.asinh(nearest / impact)))
    return sum(quad(per_y, a, b, epsabs=0.0, epsrel=1e-8, limit=300)[0] for a, b in pieces)


def detection(psi_deg: float, psf_fwhm_deg: float, pixels: int = 400) -> np.ndarray:
    """Share of the photons from an angle psi that land in each annulus: a sum over pixels of the sky."""
    concentration = (math.radians(psf_fwhm_deg) / math.sqrt(8.0 * math.log(2.0))) ** -2
    psi = math.radians(psi_deg)
    shares = []
    for low, high in itertools.pairwise(EDGES):
        theta = np.radians(low + (high - low) * (np.arange(pixels) + 0.5) / pixels)[:, None]
        phi = (np.pi * (np.arange(2 * pixels) + 0.5) / (2 * pixels))[None, :]
        cosine = math.cos(psi) * np.cos(theta) + math.sin(psi) * np.sin(theta) * np.cos(phi)
        weight = np.sin(theta) * np.exp(concentration * (cosine - 1.0))
        area = math.radians(high - low) / pixels * 2.0 * np.pi / (2 * pixels)
        shares.append(weight.sum() * area * concentration / (2.0 * np.pi))
    return np.array(shares)


def annuli(halo: Oracle, kind: str, psf_fwhm_deg: float, smearing_kpc: float = 0.0) -> np.ndarray:
    """J-factors of the annuli [GeV^2 cm^-5, decay GeV cm^-2]."""
    function = emission(halo, kind)
    if smearing_kpc > 0.0:
        function = smeared(function, smearing_kpc)
    sigma = psf_fwhm_deg / math.sqrt(8.0 * math.log(2.0))
    reach = EDGES[-1] + 6.0 * sigma
    nodes = np.geomspace(1e-5, reach, 220)
    rays = CubicSpline(np.log(nodes), np.log([brightness(halo, function, psi) for psi in nodes]))
    grid = np.linspace(0.0, reach, 240)
    seen = CubicSpline(grid, [detection(psi, psf_fwhm_deg) for psi in grid])

    def per_ln(t, k):
        psi = math.exp(t)
        return 2.0 * math.pi * math.sin(math.radians(psi)) * math.radians(psi) * math.exp(rays(t)) * seen(psi)[k]

    ends = np.log([1e-5, 1e-3, 0.1, 1.0, 3.0, 6.0, 10.0, 15.0, reach])
    return KPC * np.array(
        [
            sum(quad(per_ln, a, b, args=(k,), epsrel=1e-7)[0] for a, b in itertools.pairwise(ends))
            for k in range(len(EDGES) - 1)
        ]
    )
