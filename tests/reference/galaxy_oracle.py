"""Slow, independent galaxy: adaptive quadrature of the mass, the Jeans equation, and lines of sight over angles.

Written from docs/physics/galaxy.md 1 to 3. Shares nothing with the package: own constants, no closed forms for the halo
mass, no exchange of integrals, no spherical shells. One halo at a time.
"""

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.integrate import quad
from scipy.interpolate import CubicSpline

KPC = 3.0856775814913673e21  # [cm]
GEV = 1.78266192e-24  # [g]
MSUN = 1.98841e33  # [g]
MSUN_KPC3 = KPC**3 * GEV / MSUN  # 1 GeV/cm^3 in Msun/kpc^3
NEWTON = 4.30091e-6  # [kpc (km/s)^2 / Msun]
C = 299792.458  # [km/s]
R_MIN, R_MAX = 1.0e-7, 300.0  # [kpc]


def _quad(function, low, high, accuracy=1e-9):
    return quad(function, low, high, epsabs=0.0, epsrel=accuracy, limit=400)[0] if high > low else 0.0


@dataclass(frozen=True)
class Oracle:
    """One halo; baryons of docs/physics/galaxy.md 1 unless given."""

    profile: str
    gamma: float
    r_s: float
    rho_sun: float
    r_sun: float
    alpha: float = 0.17
    bulge: tuple[float, float] = (1.0e10, 0.6)
    disk: tuple[float, float] = (5.0e10, 2.6)
    msun_kpc3: float = MSUN_KPC3  # 1 GeV/cm^3 in Msun/kpc^3; give the package's own to compare more tightly

    def _unnormalised(self, r):
        x = r / self.r_s
        if self.profile == "gnfw":
            return x ** (-self.gamma) / (1.0 + x) ** (3.0 - self.gamma)
        if self.profile == "einasto":
            return math.exp(-(2.0 / self.alpha) * (x**self.alpha - 1.0))
        return 1.0 / (1.0 + x) / (1.0 + x**2)

    @cached_property
    def _norm(self):
        return self.rho_sun / self._unnormalised(self.r_sun)

    def density(self, r):
        """GeV/cm^3."""
        return self._norm * self._unnormalised(r)

    @cached_property
    def _ln_r(self):
        return np.linspace(math.log(R_MIN), math.log(R_MAX), 241)

    @cached_property
    def _ln_halo_mass(self):
        def per_ln_r(t):
            r = math.exp(t)
            return 4.0 * math.pi * r**3 * self.density(r) * self.msun_kpc3

        # beyond the edge of the halo, so that the end of the spline is out of the way
        grid = np.linspace(math.log(R_MIN), math.log(2.0 * R_MAX), 251)
        pieces = [_quad(per_ln_r, grid[0] - 40.0, grid[0])]
        pieces += [_quad(per_ln_r, a, b) for a, b in itertools.pairwise(grid)]
        return CubicSpline(grid, np.log(np.cumsum(pieces)))

    def halo_mass(self, r):
        """Dark mass inside r [Msun]."""
        return math.exp(self._ln_halo_mass(math.log(r)))

    def baryon_mass(self, r):
        """Bulge and disk mass inside r [Msun]."""
        (bulge, a), (disk, scale) = self.bulge, self.disk
        x = r / scale
        # the disk's surface density Sigma ~ exp(-R/R_d), integrated: a series where 1 - (1 + x) exp(-x) cancels
        filled = 1.0 - (1.0 + x) * math.exp(-x) if x > 0.01 else x**2 / 2 - x**3 / 3 + x**4 / 8 - x**5 / 30
        return bulge * r**2 / (r + a) ** 2 + disk * filled

    def circular_speed(self):
        """Speed [km/s] at the Sun in the plane of a thin exponential disk.

        The disk is taken apart into flattened shells (Binney & Tremaine 2008, sec. 2.6.2), a = R sin(angle):
        v^2 = -4 G Int_0^R da a / sqrt(R^2 - a^2) d/da Int_a^inf dR' R' Sigma(R') / sqrt(R'^2 - a^2).
        """
        (bulge, a), (disk, scale) = self.bulge, self.disk
        surface = disk / (2.0 * math.pi * scale**2)

        def slope(edge):  # R' = edge cosh u
            def integrand(u):
                c = math.cosh(u)
                return (c - edge * c**2 / scale) * math.exp(-edge * c / scale)

            # of both signs: an absolute accuracy
            return quad(integrand, 0.0, math.acosh(1.0 + 40.0 * scale / edge), epsabs=1e-10, epsrel=1e-9, limit=400)[0]

        def per_angle(angle):
            edge = self.r_sun * math.sin(angle)
            return -4.0 * surface * edge * slope(edge)

        pull = quad(per_angle, 1e-8, 0.5 * math.pi, epsrel=1e-8)[0]
        sphere = self.halo_mass(self.r_sun) / self.r_sun + bulge * self.r_sun / (self.r_sun + a) ** 2
        return math.sqrt(NEWTON * (sphere + pull))

    def _weight(self, ln_r):
        r = math.exp(ln_r)
        return self.density(r) * NEWTON * (self.halo_mass(r) + self.baryon_mass(r)) / r

    @cached_property
    def _sigma2(self):
        grid = self._ln_r
        pieces = [_quad(self._weight, a, b, 1e-8) for a, b in itertools.pairwise(grid)]
        pressure = np.append(np.cumsum(pieces[::-1])[::-1], 0.0)
        return CubicSpline(grid, pressure / [self.density(math.exp(t)) for t in grid])

    def sigma(self, r):
        """Isotropic Jeans dispersion [km/s]."""
        return math.sqrt(_quad(self._weight, math.log(r), math.log(R_MAX)) / self.density(r))

    def relative_speed_squared(self, r):
        """<v_rel^2> / c^2."""
        return 6.0 * float(self._sigma2(math.log(r))) / C**2

    def cone(self, integrand, aperture_deg, accuracy=1e-7):
        """Integral over the cone and the lines of sight of a function of r: dOmega ds [kpc]."""

        def line_of_sight(angle):
            impact, nearest = self.r_sun * math.sin(angle), self.r_sun * math.cos(angle)

            def per_y(y):  # distance from the point of closest approach: z = impact sinh y, dz = r dy
                r = impact * math.cosh(y)
                return integrand(r) * r

            far = math.acosh(R_MAX / impact)
            hole = math.acosh(R_MIN / impact) if impact < R_MIN else 0.0
            near = math.asinh(nearest / impact)  # the Sun is at y = -near
            if near <= 0.0:
                return _quad(per_y, -near, far, 0.1 * accuracy)
            return _quad(per_y, hole, far, 0.1 * accuracy) + _quad(per_y, hole, near, 0.1 * accuracy)

        def per_ln_angle(t):
            angle = math.exp(t)
            return 2.0 * math.pi * math.sin(angle) * angle * line_of_sight(angle)

        edges = [1e-3 * R_MIN / self.r_sun, R_MIN / self.r_sun, 1e-4, 0.05, 0.5 * math.pi]
        end = math.radians(aperture_deg)
        edges = [math.log(edge) for edge in edges if edge < end] + [math.log(end)]
        return sum(_quad(per_ln_angle, a, b, accuracy) for a, b in itertools.pairwise(edges))

    def j_s_wave(self, aperture_deg):
        """GeV^2 cm^-5."""
        return KPC * self.cone(lambda r: self.density(r) ** 2, aperture_deg)

    def j_p_wave(self, aperture_deg):
        """GeV^2 cm^-5, with <v_rel^2>/c^2 inside."""
        return KPC * self.cone(lambda r: self.density(r) ** 2 * self.relative_speed_squared(r), aperture_deg, 1e-6)

    def j_decay(self, aperture_deg):
        """GeV cm^-2."""
        return KPC * self.cone(self.density, aperture_deg)
