"""Widths of the line: a Gaussian sky, the table against direct quadrature, and the column."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.nuisances import NUISANCES
from scipy.optimize import brentq

from model.physics.galaxy.annuli import FWHM_PER_SIGMA, AnnulusSettings, RegionTable, surface_brightness
from model.physics.galaxy.extent import ANGLES_DEG, LARGEST_WIDTH_DEG, full_width, tabulate
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo
from model.vector_portal import Model

SPI = AnnulusSettings()


@pytest.fixture(scope="module")
def table() -> RegionTable:
    return tabulate(Galaxy(), SPI)


def halo(n=1, **changes) -> Halo:
    return Halo(**{name: np.full(n, value) for name, value in {**DEFAULTS["gnfw"], **changes}.items()})


def test_width_of_a_gaussian_sky():
    sigma = np.geomspace(1.2, 25.0, 40)
    brightness = np.exp(-0.5 * (np.array(ANGLES_DEG) / sigma[:, None]) ** 2)
    assert_allclose(full_width(brightness), FWHM_PER_SIGMA * sigma, rtol=3e-3)
    assert_allclose(full_width(7.0 * brightness), full_width(brightness), rtol=1e-12)


def test_a_flat_sky_has_the_largest_width_and_nothing_has_none():
    assert full_width(np.ones((2, len(ANGLES_DEG)))).tolist() == [LARGEST_WIDTH_DEG] * 2
    assert full_width(np.empty((0, len(ANGLES_DEG)))).shape == (0,)


@pytest.mark.parametrize("wave", ["s_wave", "p_wave"])
@pytest.mark.parametrize(
    "gamma, r_s_kpc, r_sun_kpc", [(0.43, 24.0, 8.2), (0.77, 13.0, 8.03), (1.0, 20.0, 8.5), (1.47, 18, 8.1)]
)
def test_the_table_has_the_width_of_the_direct_quadrature(table, wave, gamma, r_s_kpc, r_sun_kpc):
    here = halo(gamma=gamma, r_s_kpc=r_s_kpc, r_sun_kpc=r_sun_kpc)

    def brightness(angle):
        return getattr(surface_brightness(Galaxy(), here, SPI, [angle])[0], wave)[0]

    half = 0.5 * brightness(0.0)
    exact = 2.0 * brentq(lambda angle: brightness(angle) - half, 1.0, 30.0, xtol=1e-4)
    found = full_width(np.stack([getattr(j, wave) for j in table.evaluate(here)], axis=1))
    assert_allclose(found, exact, rtol=3e-3)


def test_the_column_is_the_width_of_the_model(surroundings, table):
    point = {"m_dm_mev": 3.0, "m_u_mev": 10.0, "g_dm": 0.3, "epsilon": 1e-4, **NUISANCES, "r_sun_kpc": 8.2}
    values = {name: np.full(2, value) for name, value in point.items()}
    for kind, wave in (("majorana", "p_wave"), ("dirac", "s_wave")):
        prediction = Model(dark_matter=kind).predict(values, replace(surroundings, extent=table))
        profile = table.evaluate(prediction.halo)
        expected = full_width(np.stack([getattr(j, wave) for j in profile], axis=1))
        assert_allclose(prediction.fwhm_511kev, expected, rtol=1e-10)
    with pytest.raises(ValueError, match=r"line\.extent"):
        _ = Model().predict(values, surroundings).fwhm_511kev


def test_a_width_needs_a_telescope():
    with pytest.raises(ValueError, match="point-spread function"):
        tabulate(Galaxy(), AnnulusSettings(psf_fwhm_deg=0.0))


def test_widths_are_found_up_to_eighty_degrees():
    """A sky that falls by half at 39.9 degrees has a width of 79.8, and one that falls at 40.1 has the largest, 80."""
    angles = np.array(ANGLES_DEG)
    for half, width in ((39.9, 79.8), (40.1, 80.0)):
        brightness = 0.5 ** (angles / half)[None, :]
        assert_allclose(full_width(brightness), width, rtol=1e-3)
    assert LARGEST_WIDTH_DEG == 80.0
    assert_allclose(full_width(0.5 ** (angles / 41.0)[None, :]), 80.0, rtol=1e-14)
