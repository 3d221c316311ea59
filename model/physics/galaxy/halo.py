r"""The Milky Way: dark-matter haloes and baryons.

A :class:`Galaxy` holds the choices that a run makes once (profile, aperture, baryons). A :class:`Halo` holds the
nuisance parameters, one entry per parameter point. Haloes extend from :data:`R_MIN_KPC` to ``Galaxy.r_max_kpc``, where
their pressure is taken to vanish.

How to read the closed forms: every profile is a scale density times a function s of x = r / r_s. `_shape` is s(x), and
`_shape_mass` is the integral of s x^2 from 0 to x; both depend on one exponent at most (gamma or alpha). `density`
divides s(x) by s at the Sun, so that the density there is the parameter rho_sun. `halo_mass` multiplies the integral by
4 pi r_s^3 times the scale density, and a factor of units.

- gNFW: with u = x / (1 + x) the integrand becomes u^(2 - gamma) / (1 - u), and its integral is a hypergeometric
  function of u < 1, which has no cancellation at small or large x.
- Einasto: with z = (2/alpha) x^alpha it becomes an incomplete gamma function of order 3/alpha.
- Burkert: partial fractions give logarithms and an arctangent. They cancel at small x, where a series replaces them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from model._deferred import deferred
from model.physics.constants import KPC_CM, SOLAR_MASS_GEV
from model.physics.quantities import POSITIVE, Array, Parameter, Range

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

Profile = Literal["gnfw", "einasto", "burkert"]
Velocity = Literal["jeans", "maxwell"]

_DENSITY = Range(1.0e-6, 1.0e4, reason="from that of the mean Universe to that of all mass at the Sun")
_BARYONS = Range(0.0, 100.0, reason="a hundred Milky Ways are not one")
PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "gamma",
        "1",
        r"\gamma",
        Range(0.0, 3.0, high_open=True, reason="the mass of the centre is infinite at 3"),
        "inner slope of the gNFW halo",
        1.0,
    ),
    Parameter(
        "r_s_kpc", "kpc", r"r_s", POSITIVE, "scale radius of the halo: r_s, r_-2 of Einasto, core of Burkert", 20.0
    ),
    Parameter("rho_sun_gev_cm3", "GeV/cm^3", r"\rho_\odot", _DENSITY, "density of dark matter at the Sun", 0.4),
    Parameter("r_sun_kpc", "kpc", r"R_0", POSITIVE, "distance of the Sun from the Galactic centre", 8.2),
    Parameter(
        "einasto_alpha",
        "1",
        r"\alpha_{\rm E}",
        Range(0.05, 1.0, reason="fits to haloes are far inside"),
        "shape of the Einasto halo",
        0.17,
    ),
    Parameter("baryon_scale", "1", r"f_{\rm bar}", _BARYONS, "factor of the masses of bulge and disk", 1.0),
)
"""Nuisance parameters, the fields of :class:`Halo`, with the defaults of docs/physics/galaxy.md 1."""

SHAPE: dict[str, str | None] = {"gnfw": "gamma", "einasto": "einasto_alpha", "burkert": None}
"""The parameter that shapes each profile besides its scale radius; the other profiles ignore it."""

_OTHER_DEFAULTS = {"burkert": {"r_s_kpc": 9.0}}  # docs/physics/galaxy.md 1


def parameters(profile: str) -> tuple[Parameter, ...]:
    """``PARAMETERS`` with the defaults of a profile."""
    other = _OTHER_DEFAULTS.get(profile, {})
    return tuple(p._replace(default=other.get(p.name, p.default)) for p in PARAMETERS)


DEFAULTS: dict[str, dict[str, float]] = {
    profile: {p.name: p.default for p in parameters(profile) if p.default is not None} for profile in SHAPE
}
"""Defaults of the nuisance parameters by profile."""

R_MIN_KPC = 1.0e-7  # inner edge of every halo (docs/physics/galaxy.md 1): it regularises rho^2 cusps with gamma >= 3/2
_BARYON_SCALE = Range(0.01, 100.0, reason="the size of a galaxy's bulge or disk")
_BARYON_MASS = Range(0.0, 1.0e13, reason="more than the whole Milky Way is not its baryons")
MSUN_KPC3_PER_GEV_CM3 = KPC_CM**3 / SOLAR_MASS_GEV  # density: 0.4 GeV/cm^3 = 1.053e7 Msun/kpc^3


@dataclass(frozen=True)
class Galaxy:
    """Choices that a run makes once: profile, region of the sky, speeds and baryons.

    Parameters
    ----------
    profile : {"gnfw", "einasto", "burkert"}
        Density profile of the halo.
    aperture_deg : float
        Half-angle of the full cone around the Galactic centre [deg], in [0.01, 180].
    velocity : {"jeans", "maxwell"}
        Speeds from the isotropic Jeans equation, or one Maxwellian everywhere, <v_rel^2> = 3 v_0^2.
    v0_km_s : float
        Most probable speed v_0 of the Maxwellian [km/s]; 220 in docs/physics/galaxy.md 2.
    bulge_mass_msun, bulge_scale_kpc : float
        Hernquist bulge: total mass [Msun] and scale radius a [kpc].
    disk_mass_msun, disk_scale_kpc : float
        Exponential disk, spherically averaged: total mass [Msun] and scale length R_d [kpc].
    r_max_kpc : float
        Outer edge of the halo [kpc].

    Raises
    ------
    ValueError
        If an option is unknown or outside its range.
    """

    profile: Profile = "gnfw"
    aperture_deg: float = 10.0
    velocity: Velocity = "jeans"
    v0_km_s: float = 220.0
    bulge_mass_msun: float = 1.0e10
    bulge_scale_kpc: float = 0.6
    disk_mass_msun: float = 5.0e10
    disk_scale_kpc: float = 2.6
    r_max_kpc: float = 300.0

    def __post_init__(self) -> None:
        for option, value, allowed in (
            ("profile", self.profile, get_args(Profile)),
            ("velocity", self.velocity, get_args(Velocity)),
        ):
            if value not in allowed:
                raise ValueError(f"{option} is {value!r}; allowed: {', '.join(allowed)}")
        for option, number, possible in (
            ("aperture_deg", self.aperture_deg, Range(0.01, 180.0, reason="a cone around the Galactic centre")),
            ("r_max_kpc", self.r_max_kpc, Range(20.0, 2000.0, reason="from beyond the Sun to the Local Group")),
            ("v0_km_s", self.v0_km_s, Range(1.0, 3.0e4, reason="speeds stay far below that of light")),
            ("bulge_scale_kpc", self.bulge_scale_kpc, _BARYON_SCALE),
            ("disk_scale_kpc", self.disk_scale_kpc, _BARYON_SCALE),
            ("bulge_mass_msun", self.bulge_mass_msun, _BARYON_MASS),
            ("disk_mass_msun", self.disk_mass_msun, _BARYON_MASS),
        ):
            if not possible.contains(number):
                raise ValueError(f"{option} is {number}; allowed: {possible}, {possible.reason}")
        if self.velocity == "jeans" and self.v0_km_s != type(self).v0_km_s:
            raise ValueError(f"v0_km_s is {self.v0_km_s}; read with velocity maxwell only, leave it out")


@dataclass(frozen=True)
class Halo:
    """Nuisance parameters of the halo and of the baryons in it, each (n,).

    Parameters
    ----------
    gamma : (n,) array
        Inner slope of gnfw [1], in [0, 3); the other profiles ignore it.
    r_s_kpc : (n,) array
        Scale radius [kpc]: r_s (gnfw), r_-2 (einasto), r_c (burkert).
    rho_sun_gev_cm3 : (n,) array
        Density at the Sun [GeV/cm^3].
    r_sun_kpc : (n,) array
        Distance of the Sun from the centre [kpc].
    einasto_alpha : (n,) array
        Shape of einasto [1], in [0.05, 1]; the other profiles ignore it.
    baryon_scale : (n,) array
        Factor of the masses of bulge and disk, hence of their potential [1], zero or more.

    Raises
    ------
    ValueError
        If the shapes differ, or a value is not finite or outside its range.
    """

    gamma: Array
    r_s_kpc: Array
    rho_sun_gev_cm3: Array
    r_sun_kpc: Array
    einasto_alpha: Array
    baryon_scale: Array

    def __post_init__(self) -> None:
        for parameter in PARAMETERS:
            values = np.asarray(getattr(self, parameter.name), dtype=np.float64)
            object.__setattr__(self, parameter.name, values)
            if values.shape != (self.gamma.size,):
                raise ValueError(f"{parameter.name} has shape {values.shape}; allowed: ({self.gamma.size},) like gamma")
            good = parameter.range.contains(values)
            if not np.all(good):
                raise ValueError(f"{parameter.name} is {values[~good][0]}; allowed: {parameter.range}")


def density(galaxy: Galaxy, halo: Halo, r_kpc: Array) -> Array:
    r"""Dark-matter density, normalised at the Sun.

    .. math::
        \rho(r) = \rho_\odot\, s(r)/s(R_0),\qquad
        s_{\rm gNFW} = x^{-\gamma}(1+x)^{\gamma-3},\quad
        s_{\rm Einasto} = e^{-(2/\alpha)(x^\alpha-1)},\quad
        s_{\rm Burkert} = \frac{1}{(1+x)(1+x^2)},\quad x = r/r_s

    docs/physics/galaxy.md 1; Burkert (1995), astro-ph/9504041; Einasto as in Navarro et al. (2010), arXiv:0810.1522.

    Parameters
    ----------
    galaxy : Galaxy
        Profile.
    halo : Halo
        Nuisance parameters, n points.
    r_kpc : (n,) or (n, k) array
        Distance from the centre [kpc], positive.

    Returns
    -------
    (n,) or (n, k) array
        Density [GeV/cm^3]; the edges of the halo are not applied.
    """
    r, exponent, r_s, rho_sun, r_sun = _aligned(galaxy, halo, r_kpc)
    return rho_sun * _shape(galaxy, exponent, r / r_s) / _shape(galaxy, exponent, r_sun / r_s)


def halo_mass(galaxy: Galaxy, halo: Halo, r_kpc: Array) -> Array:
    r"""Dark mass inside a sphere, in closed form.

    For gNFW, with :math:`a = 3-\gamma`,
    :math:`\int_0^x s\,x^2 dx = x^a (1+x)^{-a}\,{}_2F_1(a, 1; a+1; x/(1+x))/a` (Pfaff's transformation keeps the
    argument below 1); for Einasto an incomplete gamma function; for Burkert logarithms and an arctangent.

    Parameters
    ----------
    galaxy : Galaxy
        Profile.
    halo : Halo
        Nuisance parameters, n points.
    r_kpc : (n,) or (n, k) array
        Radius of the sphere [kpc], positive.

    Returns
    -------
    (n,) or (n, k) array
        Mass [Msun].
    """
    r, exponent, r_s, rho_sun, r_sun = _aligned(galaxy, halo, r_kpc)
    rho_s = MSUN_KPC3_PER_GEV_CM3 * rho_sun / _shape(galaxy, exponent, r_sun / r_s)
    mass: Array = 4.0 * np.pi * rho_s * r_s**3 * _shape_mass(galaxy, exponent, r / r_s)
    return mass


def baryon_mass(galaxy: Galaxy, r_kpc: Array) -> Array:
    r"""Mass of bulge and disk inside a sphere, :math:`M_b r^2/(r+a)^2 + M_d [1-(1+r/R_d)e^{-r/R_d}]`.

    Hernquist (1990), ApJ 356, 359; the thin disk counts with its mass inside r, as if it were spherical. The masses are
    those of ``galaxy``: a halo's ``baryon_scale`` multiplies the result.

    Parameters
    ----------
    galaxy : Galaxy
        Masses and scales.
    r_kpc : array
        Radius of the sphere [kpc].

    Returns
    -------
    array, shape of r_kpc
        Mass [Msun].
    """
    bulge = galaxy.bulge_mass_msun * (r_kpc / (r_kpc + galaxy.bulge_scale_kpc)) ** 2
    # gammainc(2, x) is 1 - (1 + x) exp(-x) without the cancellation at small x
    disk: Array = galaxy.disk_mass_msun * special.gammainc(2.0, r_kpc / galaxy.disk_scale_kpc)
    return bulge + disk


def _aligned(galaxy: Galaxy, halo: Halo, r_kpc: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Radii, the exponent of the profile and three parameters, which are columns if the radii are (n, k)."""
    r = np.asarray(r_kpc, dtype=np.float64)
    name = SHAPE[galaxy.profile]
    exponent = np.zeros_like(halo.gamma) if name is None else getattr(halo, name)
    columns = (exponent, halo.r_s_kpc, halo.rho_sun_gev_cm3, halo.r_sun_kpc)
    exponent, r_s, rho_sun, r_sun = (c[:, None] if r.ndim == 2 else c for c in columns)
    return r, exponent, r_s, rho_sun, r_sun


def _shape(galaxy: Galaxy, exponent: Array, x: Array) -> Array:
    """Density in units of the scale density of the profile."""
    if galaxy.profile == "gnfw":
        return np.asarray(x**-exponent * (1.0 + x) ** (exponent - 3.0))
    if galaxy.profile == "einasto":
        return np.asarray(np.exp(-2.0 / exponent * (x**exponent - 1.0)))
    return 1.0 / ((1.0 + x) * (1.0 + x * x))


def _shape_mass(galaxy: Galaxy, exponent: Array, x: Array) -> Array:
    """Integral of _shape x^2 dx from 0 to x."""
    if galaxy.profile == "gnfw":
        a, u = 3.0 - exponent, x / (1.0 + x)
        return np.asarray(u**a / a * special.hyp2f1(a, 1.0, a + 1.0, u))
    if galaxy.profile == "einasto":
        k, p = 2.0 / exponent, 3.0 / exponent
        # exp(k) k^-p Gamma(p): each factor overflows for alpha < 0.1, but their product does not
        total = np.exp(k - p * np.log(k) + special.gammaln(p)) / exponent
        return np.asarray(total * special.gammainc(p, k * x**exponent))
    # The closed form loses 3 log10(1/x) digits. Its series x^3/3 - x^4/4 + x^7/7 - x^8/8 is exact enough below 0.01
    closed = 0.25 * (2.0 * np.log1p(x) + np.log1p(x * x) - 2.0 * np.arctan(x))
    return np.where(x < 0.01, x**3 * (1.0 / 3.0 - x / 4.0 + x**4 / 7.0 - x**5 / 8.0), closed)
