r"""Astrophysical factors of the 511 keV flux in a cone around the Galactic centre, and their table.

With :math:`d^3x = s^2\,ds\,d\Omega` the integral over lines of sight is an integral over spherical shells,

.. math::
    J[f] = \int_{\rm cone} d\Omega \int ds\, f(r) = \int_{r_{\min}}^{r_{\max}} 4\pi r^2 K(r)\, f(r)\, dr,

where K(r), the mean of :math:`1/s^2` over the part of the shell inside the cone, is elementary (:func:`cone_kernel`):
the cusp becomes a power of r, exactly resolved in ln r. With :math:`f = \rho^2`,
:math:`\rho^2\langle v_{\rm rel}^2\rangle/c^2` and :math:`\rho` these are the s-wave, p-wave and decay factors. For the
p-wave, exchanging the order of the Jeans integral and of the cone integral removes the dispersion altogether,

.. math::
    J_p = \frac{6}{c^2} \int dr'\, \rho(r')\, \frac{G M(r')}{r'^2} \int_{r_{\min}}^{r'} 4\pi r^2 K(r)\, \rho(r)\, dr .

The mass is baryons plus halo, so :math:`J_p = \rho_\odot^2 [J_{\rm baryon} + \rho_\odot J_{\rm dm}]` exactly.

Cusps: rho^2 r^2 is integrable at the centre for gamma < 3/2, the dark part of the p-wave integrand (r^{4-3 gamma}) for
gamma < 5/3, the baryonic part (r^{3-2 gamma}) for gamma < 2. Close to and above those slopes the inner edge of the
halo, ``R_MIN_KPC``, matters: the factors stay finite and smooth but depend on it.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from model.physics._kernels.j_factor import interpolate
from model.physics.constants import KPC_CM, LIGHT_SPEED_KM_S, NEWTON_KPC_KM2_S2_MSUN
from model.physics.galaxy import R_MIN_KPC, Galaxy, Halo, baryon_mass, density, halo_mass
from model.physics.quantities import Array

GAMMA_LIMIT = 5.0 / 3.0  # above, the p-wave J of the halo's own gravity diverges (theory.md 10)

_R_SUN_MIN_KPC = 0.1  # keeps R_0 sin(aperture) above the inner edge of the halo
_PANEL_EFOLDS = 1.5
_NODES_PER_PANEL = 24
_STENCIL = 6  # nodes an axis in the interpolation
_LARGEST_LN = 690.0  # ln of a part that is exactly zero is stored as -690: e^-690 = 2e-300 adds nothing to anything

# Ranges and numbers of nodes of the table: interpolation error below 1e-4 (tests/model/physics/test_j_factor.py)
_GAMMA_NODES = (0.0, 1.66, 101)
_R_S_NODES = {"gnfw": (5.0, 50.0, 12), "einasto": (2.0, 50.0, 24), "burkert": (2.0, 50.0, 24)}
_R_SUN_NODES = (7.5, 9.0, 5)


@dataclass(frozen=True)
class JFactors:
    """J-factors of n parameter points, each (n,): s-wave and p-wave [GeV^2 cm^-5], decay [GeV cm^-2].

    The p-wave factor contains <v_rel^2> in units of c^2, so that the flux is proportional to a J_s + b J_p.
    """

    s_wave: Array
    p_wave: Array
    decay: Array


@dataclass(frozen=True)
class JFactorTable:
    """J-factors of one :class:`Galaxy` on a uniform grid in (gamma, ln r_s, R0), for rho_sun = 1 GeV/cm^3.

    Parameters
    ----------
    profile : str
        Profile the table was built for.
    aperture_deg : float
        Half-angle of the cone [deg].
    velocity : str
        Speeds the table was built for.
    gamma : (n_gamma,) array
        Nodes of the inner slope [1]; a single node (0) for profiles without one.
    r_s_kpc : (n_r_s,) array
        Nodes of the scale radius [kpc], uniform in the logarithm.
    r_sun_kpc : (n_r_sun,) array
        Nodes of the distance of the Sun [kpc].
    ln_j : (n_gamma, n_r_s, n_r_sun, 4) array
        Logarithms of J_s, J_decay, J_baryon and J_dm, in the units of :class:`JFactors` at 1 GeV/cm^3.
    """

    profile: str
    aperture_deg: float
    velocity: str
    gamma: Array
    r_s_kpc: Array
    r_sun_kpc: Array
    ln_j: Array

    def evaluate(self, gamma: Array, r_s_kpc: Array, rho_sun_gev_cm3: Array, r_sun_kpc: Array) -> JFactors:
        r"""Interpolated J-factors; :math:`J_p = \rho_\odot^2 [J_{\rm baryon} + \rho_\odot J_{\rm dm}]`.

        Parameters
        ----------
        gamma, r_s_kpc, rho_sun_gev_cm3, r_sun_kpc : (n,) arrays
            Nuisance parameters as in :class:`~model.physics.galaxy.Halo`.

        Returns
        -------
        JFactors
            Relative error below 1e-4 everywhere in the table (6-point Lagrange interpolation of logarithms).

        Raises
        ------
        ValueError
            If the shapes differ or a value is outside the table.
        """
        halo = Halo(gamma, r_s_kpc, rho_sun_gev_cm3, r_sun_kpc)
        if self.profile == "gnfw":
            _check_range("gamma", halo.gamma, self.gamma[0], self.gamma[-1])
        _check_range("r_s_kpc", halo.r_s_kpc, self.r_s_kpc[0], self.r_s_kpc[-1])
        _check_range("r_sun_kpc", halo.r_sun_kpc, self.r_sun_kpc[0], self.r_sun_kpc[-1])
        points = np.stack([halo.gamma, np.log(halo.r_s_kpc), halo.r_sun_kpc])
        axes = (self.gamma, np.log(self.r_s_kpc), self.r_sun_kpc)
        start = np.array([axis[0] for axis in axes])
        step = np.array([axis[1] - axis[0] if axis.size > 1 else 1.0 for axis in axes])
        return _scaled(np.exp(interpolate(self.ln_j, start, step, points, _STENCIL)), halo.rho_sun_gev_cm3)


def j_factors(galaxy: Galaxy, gamma: Array, r_s_kpc: Array, rho_sun_gev_cm3: Array, r_sun_kpc: Array) -> JFactors:
    """J-factors in the full cone of half-angle ``galaxy.aperture_deg``, by direct quadrature.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, aperture, speeds and baryons.
    gamma, r_s_kpc, rho_sun_gev_cm3, r_sun_kpc : (n,) arrays
        Nuisance parameters as in :class:`~model.physics.galaxy.Halo`.

    Returns
    -------
    JFactors
        Relative error below 1e-6.

    Raises
    ------
    ValueError
        If gamma is not below 5/3 in a gnfw halo, the Sun is outside the halo or a parameter outside its range.
    """
    halo = Halo(gamma, r_s_kpc, rho_sun_gev_cm3, r_sun_kpc)
    unit = replace(halo, rho_sun_gev_cm3=np.ones(halo.gamma.size))
    return _scaled(_unit_factors(galaxy, unit), halo.rho_sun_gev_cm3)


def tabulate(galaxy: Galaxy) -> JFactorTable:
    """Table of J-factors for gamma 0..1.66, r_s 5..50 kpc (einasto, burkert: 2..50) and R0 7.5..9 kpc.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, aperture, speeds and baryons.

    Returns
    -------
    JFactorTable
        Interpolation error below 1e-4; a second or two of work.
    """
    gammas = np.linspace(*_GAMMA_NODES) if galaxy.profile == "gnfw" else np.zeros(1)
    r_s = np.geomspace(*_R_S_NODES[galaxy.profile])
    r_sun = np.linspace(*_R_SUN_NODES)
    ln_j = np.empty((gammas.size, r_s.size, r_sun.size, 4))
    for i, gamma in enumerate(gammas):
        scale, sun = (grid.ravel() for grid in np.meshgrid(r_s, r_sun, indexing="ij"))
        halo = Halo(np.full(scale.size, gamma), scale, np.ones(scale.size), sun)
        parts = _unit_factors(galaxy, halo)
        ln_j[i] = np.log(np.maximum(parts, np.exp(-_LARGEST_LN))).reshape(r_s.size, r_sun.size, 4)
    return JFactorTable(galaxy.profile, galaxy.aperture_deg, galaxy.velocity, gammas, r_s, r_sun, ln_j)


def cone_kernel(r_kpc: Array, r_sun_kpc: Array, aperture_deg: float) -> Array:
    r"""Volume per dr of a shell inside the cone, weighted by :math:`1/s^2`: :math:`4\pi r^2 K(r)`.

    On the shell :math:`s\,ds = -r R_0\,d\cos\theta`, so :math:`K = \int ds/(2 r R_0 s)` over the distances s at which
    the shell is inside the cone, :math:`s^2 - 2 s R_0\cos\psi + R_0^2 - r^2 \ge 0`. With
    :math:`s_+ = R_0\cos\psi + \sqrt{r^2 - R_0^2\sin^2\psi}`:

    .. math::
        4\pi r^2 K = 2\pi\frac{r}{R_0} \times \begin{cases}
            \ln\frac{R_0+r}{R_0-r} & r < R_0\ \text{and}\ (r \le R_0\sin\psi\ \text{or}\ \psi \ge 90^\circ)\\
            2\ln\frac{R_0+r}{s_+} & R_0\sin\psi < r < R_0,\ \psi < 90^\circ\\
            \ln\frac{R_0+r}{s_+} & r > R_0 \end{cases}

    The step by a factor 2 at :math:`r = R_0` is real: shells just inside cross the cone at the Sun as well.

    Parameters
    ----------
    r_kpc : (n,) or (n, k) array
        Radius of the shell [kpc], positive.
    r_sun_kpc : (n,) or (n, 1) array
        Distance R_0 of the Sun [kpc].
    aperture_deg : float
        Half-angle psi of the cone [deg], in (0, 180].

    Returns
    -------
    array, broadcast shape
        Kernel [1]: its integral over dr is the integral of ds dOmega [kpc].
    """
    cosine, sine = np.cos(np.deg2rad(aperture_deg)), np.sin(np.deg2rad(aperture_deg))
    y = r_kpc / r_sun_kpc
    root = np.sqrt(np.maximum(y * y - sine * sine, 0.0))
    # s_+ / R_0; behind the Sun (psi > 90 deg) its two terms cancel, so use the product of the roots there
    nearest = cosine + root if cosine >= 0.0 else (y * y - 1.0) / (root - cosine)
    partly = 1.0 if cosine < 0.0 else sine
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = np.log((1.0 + y) / nearest)
        whole = 2.0 * np.arctanh(np.minimum(y, 1.0))
    logarithm = np.where(y > 1.0, beyond, np.where(y > partly, 2.0 * beyond, whole))
    return np.asarray(2.0 * np.pi * y * logarithm)


def _scaled(parts: Array, rho_sun: Array) -> JFactors:
    """J-factors from J_s, J_decay, J_baryon, J_dm at 1 GeV/cm^3, shape (n, 4)."""
    s_wave, decay, baryon, dark = parts.T
    return JFactors(s_wave=rho_sun**2 * s_wave, p_wave=rho_sun**2 * (baryon + rho_sun * dark), decay=rho_sun * decay)


def _unit_factors(galaxy: Galaxy, halo: Halo) -> Array:
    """J_s, J_decay, J_baryon, J_dm for rho_sun = 1 GeV/cm^3, shape (n, 4)."""
    if galaxy.profile == "gnfw" and not np.all(halo.gamma < GAMMA_LIMIT):
        raise ValueError(f"gamma must be in [0, 5/3), got {halo.gamma.max()}: above, the p-wave J diverges")
    _check_range("r_sun_kpc", halo.r_sun_kpc, _R_SUN_MIN_KPC, 0.5 * galaxy.r_max_kpc)
    r, dr = _shells(galaxy, halo.r_sun_kpc)
    n, panels, _ = r.shape
    flat, flat_dr = r.reshape(n, panels * _RULE.weights.size), dr.reshape(n, panels * _RULE.weights.size)
    rho = density(galaxy, halo, flat)
    cone = cone_kernel(flat, halo.r_sun_kpc[:, None], galaxy.aperture_deg) * flat_dr
    weights = np.tile(_RULE.weights, panels)
    s_wave = (cone * rho * rho) @ weights
    decay_rate = cone * rho
    decay = decay_rate @ weights
    if galaxy.velocity == "maxwell":
        baryon, dark = 3.0 * (galaxy.v0_km_s / LIGHT_SPEED_KM_S) ** 2 * s_wave, np.zeros(n)
    else:
        by_panel = decay_rate.reshape(r.shape)
        inside = by_panel @ _RULE.cumulative.T
        whole_panels = by_panel @ _RULE.weights
        inside += (np.cumsum(whole_panels, axis=1) - whole_panels)[:, :, None]
        pull = rho * inside.reshape(flat.shape) * flat_dr / flat**2
        to_c2 = 6.0 * NEWTON_KPC_KM2_S2_MSUN / LIGHT_SPEED_KM_S**2
        baryon = to_c2 * ((pull * baryon_mass(galaxy, flat)) @ weights)
        dark = to_c2 * ((pull * halo_mass(galaxy, halo, flat)) @ weights)
    return KPC_CM * np.stack([s_wave, decay, baryon, dark], axis=1)


@dataclass(frozen=True)
class _Rule:
    """Gauss-Legendre rule on [0, 1] composed with w(t) = t^4 (35 - 84 t + 70 t^2 - 20 t^3).

    w' = 140 t^3 (1 - t)^3 clusters the nodes at both ends: the square root of the cone kernel at R_0 sin(psi) and the
    logarithm at R_0 (wide cones) become harmless there. ``cumulative[i]`` integrates from 0 to node i.
    """

    positions: Array
    slopes: Array
    weights: Array
    cumulative: Array


def _rule(count: int) -> _Rule:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    t = 0.5 * (1.0 + nodes)
    # integral of the Lagrange polynomials from -1 to each node, through their Legendre coefficients
    legendre = np.polynomial.legendre.legvander(nodes, count)
    degree = np.arange(count)
    coefficients = (degree + 0.5)[:, None] * legendre[:, :count].T * weights
    primitive = np.empty((count, count))
    primitive[:, 0] = nodes + 1.0
    primitive[:, 1:] = (legendre[:, 2:] - legendre[:, : count - 1]) / (2.0 * degree[1:] + 1.0)
    return _Rule(
        positions=t**4 * (35.0 - 84.0 * t + 70.0 * t**2 - 20.0 * t**3),
        slopes=140.0 * (t * (1.0 - t)) ** 3,
        weights=0.5 * weights,
        cumulative=0.5 * primitive @ coefficients,
    )


_RULE = _rule(_NODES_PER_PANEL)


def _shells(galaxy: Galaxy, r_sun: Array) -> tuple[Array, Array]:
    """Radii and dr/dt [kpc] of the shells, each (n, panels, nodes), outwards; panels end where the kernel breaks."""
    edges = [np.full(r_sun.shape, R_MIN_KPC), r_sun, np.full(r_sun.shape, galaxy.r_max_kpc)]
    if galaxy.aperture_deg < 90.0:
        edges.insert(1, r_sun * np.sin(np.deg2rad(galaxy.aperture_deg)))
    logs = [np.log(edge) for edge in edges]
    ends = [logs[0]]
    for low, high in itertools.pairwise(logs):
        count = max(1, int(np.ceil(np.max(high - low, initial=0.0) / _PANEL_EFOLDS)))
        ends.extend(low + (high - low) * (k / count) for k in range(1, count + 1))
    end = np.stack(ends, axis=1)
    width = np.diff(end, axis=1)[:, :, None]
    r = np.exp(end[:, :-1, None] + width * _RULE.positions)
    return r, r * width * _RULE.slopes


def _check_range(name: str, values: Array, low: float, high: float) -> None:
    inside = (values >= low) & (values <= high)
    if not np.all(inside):
        raise ValueError(f"{name} = {values[~inside][0]} is outside [{low:.6g}, {high:.6g}]")
