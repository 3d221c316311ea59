import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.constants import KPC_CM
from model.physics.positrons.stellar_bulge import NUCLEAR_FRACTION, boxy_bulge, stellar_map

AT_CENTRE = 1.0 / (4.0 * np.pi * (8.2 * KPC_CM) ** 2)


def monte_carlo(rng, n=4_000_000):
    """Positions of stars by rejection, then smeared, turned and seen: offsets from the centre [deg] and weights."""
    box = np.array([4.2, 4.2, 2.2])
    x, y, z = rng.uniform(-box[:, None], box[:, None], size=(3, n))
    keep = rng.uniform(size=n) < boxy_bulge(x, y, z)
    x, y, z = (v[keep] + rng.normal(0.0, 0.15, keep.sum()) for v in (x, y, z))
    nuclear = round(len(x) * NUCLEAR_FRACTION / (1.0 - NUCLEAR_FRACTION))
    a, b, c = rng.normal(0.0, np.hypot(0.15, 0.115), size=(3, nuclear))
    angle = np.deg2rad(13.79)
    towards = np.concatenate([x * np.cos(angle) - y * np.sin(angle), a])
    across = np.concatenate([x * np.sin(angle) + y * np.cos(angle), b])
    up = np.concatenate([z, c])
    distance2 = (8.2 - towards) ** 2 + across**2 + up**2
    longitude, latitude = np.rad2deg(across / (8.2 - towards)), np.rad2deg(up / (8.2 - towards))
    return longitude, latitude, 8.2**2 / distance2 / len(up)


@pytest.mark.parametrize("psf_fwhm", [0.0, 2.7])
def test_map_is_that_of_random_stars(psf_fwhm, rng):
    longitude, latitude, weight = monte_carlo(rng)
    sigma = psf_fwhm / np.sqrt(8.0 * np.log(2.0))
    psi = np.hypot(longitude + rng.normal(0, 1, len(weight)) * sigma, latitude + rng.normal(0, 1, len(weight)) * sigma)
    expected = np.histogram(psi, (0.0, 3.0, 6.0, 10.0, 15.0), weights=weight)[0]
    found = stellar_map(15.0, psf_fwhm).annuli / AT_CENTRE
    assert_allclose(found, expected, rtol=0.02)


def test_aperture_holds_all_of_the_bulge_but_a_few_per_cent():
    whole, cone = stellar_map(60.0, 0.0), stellar_map(15.0, 0.0)
    assert 0.9 < cone.aperture / whole.aperture < 0.99
    assert_allclose(cone.aperture, cone.annuli.sum(), rtol=0.02)  # but for the smearing at 15 degrees
    # nearer stars are brighter
    assert 1.0 < whole.aperture / AT_CENTRE < 1.2


def test_bulge_is_flat_and_long():
    along, across, up = (boxy_bulge(*(0.5 * axis)) for axis in np.eye(3))
    assert along > across > up
    assert boxy_bulge(np.zeros(1), np.zeros(1), np.zeros(1)) == 1.0
    assert_allclose(boxy_bulge(np.zeros(1), np.zeros(1), np.full(1, 0.4425)), np.cosh(1.0) ** -2, rtol=1e-12)


def test_sharper_eyes_see_more_in_the_middle():
    blurred, sharp = stellar_map(15.0, 4.0).annuli, stellar_map(15.0, 0.0).annuli
    assert sharp[0] > blurred[0]
    assert_allclose(sharp.sum(), blurred.sum(), rtol=0.03)
