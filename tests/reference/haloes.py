"""Haloes that tests of the Galaxy share."""

import numpy as np
from hypothesis import strategies as st

from model.physics.galaxy.halo import DEFAULTS, PARAMETERS, Halo

NAMES = tuple(parameter.name for parameter in PARAMETERS)
NO_BARYONS = {"bulge_mass_msun": 0.0, "disk_mass_msun": 0.0}
OTHER_BARYONS = {
    "bulge_mass_msun": 1.8e10,
    "bulge_scale_kpc": 0.8,
    "disk_mass_msun": 4.1e10,
}  # docs/physics/galaxy.md 1

# five points inside the prior for each profile: gamma, r_s, rho_sun, r_sun
GNFW_POINTS = [(1.0, 20, 0.4, 8.2), (0.2, 5, 0.2, 7.5), (1.6, 50, 0.6, 9.0), (1.4, 12, 0.3, 8.5), (0.6, 33, 0.45, 8.0)]
CORED_POINTS = [(0.0, 20, 0.4, 8.2), (0.0, 2, 0.2, 7.5), (0.0, 50, 0.6, 9.0), (0.0, 9, 0.3, 8.5), (0.0, 33, 0.45, 8.0)]
POINTS = [
    *(("gnfw", *point) for point in GNFW_POINTS),
    *((profile, *point) for profile in ("einasto", "burkert") for point in CORED_POINTS),
]

profiles = st.sampled_from(["gnfw", "einasto", "burkert"])
slopes = st.floats(min_value=0.0, max_value=1.6)
scales = st.floats(min_value=2.0, max_value=50.0)
densities = st.floats(min_value=0.05, max_value=2.0)
distances = st.floats(min_value=7.5, max_value=9.0)
radii = st.floats(min_value=1e-6, max_value=200.0)


def halo(profile="gnfw", n=1, **changes):
    values = {**DEFAULTS[profile], **changes}
    return Halo(*(np.full(n, float(values[name])) for name in NAMES))


def row(gamma, r_s, rho_sun, r_sun, alpha=0.17, baryon_scale=1.0):
    return Halo(*(np.array([float(value)]) for value in (gamma, r_s, rho_sun, r_sun, alpha, baryon_scale)))


def random_halo(n, seed=3):
    rng = np.random.default_rng(seed)
    ranges = ((0, 1.6), (5, 50), (0.1, 1), (7.5, 9), (0.08, 0.5), (0.3, 2))
    return Halo(*(rng.uniform(low, high, n) for low, high in ranges))
