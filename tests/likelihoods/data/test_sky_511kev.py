import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad
from scipy.ndimage import gaussian_filter

from likelihoods.data import sky_511kev
from likelihoods.data.sky_511kev import Component, annulus_fluxes, brightness, bulge, covariance, templates
from model.physics.galaxy.annuli import EDGES_DEG, FWHM_PER_SIGMA


def component(flux, sigma_l, sigma_b, l=0.0, b=0.0):  # noqa: E741
    return Component(flux, sigma_l, sigma_b, l, b, 0.1, "", "", "")


@pytest.mark.parametrize(
    "parts, printed",
    [
        ([component(2.8, 2.5, 2.5, -1.25, -0.25)], [1.31, 1.27, 0.216, 0.002]),
        ([component(7.3, 8.7, 8.7)], [0.42, 1.12, 1.98, 2.12]),
        # printed 2.93, the sum of rounded parts
        ([*templates()["skinner"].components.values()], [2.94, 2.39, 2.20, 2.12]),
        ([component(16.6, 60.0, 10.5)], [0.12, 0.34, 0.72, 1.17]),
        ([component(17.0, 90.0, 3.0)], [0.25, 0.51, 0.67, 0.77]),
        ([component(10.5, 8.0 / FWHM_PER_SIGMA, 8.0 / FWHM_PER_SIGMA)], [3.39, 4.90, 2.07, 0.14]),
        # printed for the centre; the fit has l = -0.6 deg
        ([component(2.5, 1.359, 1.359), component(5.4, 5.011, 5.011)], [3.17, 2.10, 1.90, 0.68]),
    ],
    ids=["narrow bulge", "broad bulge", "bulge", "disk of Siegert", "thin disk", "Knoedlseder", "Bouchet"],
)
def test_table_of_the_science_page(parts, printed):
    # docs/physics/galaxy.md 5 [1e-4 ph/cm^2/s], flat sky, no telescope
    scale = 1e4 if parts[0].flux < 0.1 else 1.0
    found = scale * np.sum([annulus_fluxes(part, 0.0) for part in parts], axis=0)
    assert_allclose(found, printed, atol=0.0051)


def test_shape_of_the_component_model():
    # docs/physics/galaxy.md 5: .30 .25 .23 .22
    found = bulge(templates()["skinner"], 0.0)
    assert_array_equal(np.round(found / found.sum(), 2), [0.30, 0.25, 0.23, 0.22])


@pytest.mark.parametrize("name", ["skinner", "bouchet", "knoedlseder"])
def test_telescope_is_the_convolution_of_the_sky(name):
    # pixels of 0.05 deg, the sky convolved as an image
    template, psf, step = templates()[name], 2.7, 0.05
    axis = step * np.arange(-600, 601)
    l, b = axis[None, :], axis[:, None]  # noqa: E741
    sky = np.zeros((axis.size, axis.size))
    for part in template.components.values():
        if part.sigma_l_deg == 0.0:
            sky[axis.size // 2, axis.size // 2] += part.flux
        else:
            two_sigma2 = 2.0 * part.sigma_l_deg**2
            bell = np.exp(-((l - part.l_deg) ** 2 + (b - part.b_deg) ** 2) / two_sigma2)
            sky += part.flux * step**2 * bell / (np.pi * two_sigma2)
    seen = gaussian_filter(sky, psf / FWHM_PER_SIGMA / step, mode="constant", truncate=6.0)
    angle = np.hypot(l, b)
    inside = [seen[angle < edge].sum() for edge in EDGES_DEG]
    assert_allclose(bulge(template, psf), np.diff(inside), rtol=3e-3)


def test_disk_after_the_telescope_is_wider():
    disk = templates()["skinner"].disk
    axis = np.arange(-20.0, 20.01, 0.05)
    sigma_l, sigma_b = (np.hypot(s, 2.7 / FWHM_PER_SIGMA) for s in (disk.sigma_l_deg, disk.sigma_b_deg))
    image = np.exp(-0.5 * (axis[None, :] / sigma_l) ** 2 - 0.5 * (axis[:, None] / sigma_b) ** 2)
    angle = np.hypot(axis[None, :], axis[:, None])
    inside = np.array([image[angle < edge].sum() for edge in EDGES_DEG]) * 0.05**2
    assert_allclose(annulus_fluxes(disk, 2.7), disk.flux * np.diff(inside) / (2 * np.pi * sigma_l * sigma_b), rtol=3e-3)


def test_the_flat_sky_is_good_to_a_per_cent():
    part = templates()["skinner"].components["broad_bulge"]

    def per_angle(degrees):
        return np.sin(np.deg2rad(degrees)) * np.exp(-0.5 * (degrees / part.sigma_l_deg) ** 2)

    whole = quad(per_angle, 0.0, 90.0)[0]
    on_sphere = [part.flux * quad(per_angle, *edges)[0] / whole for edges in itertools.pairwise(EDGES_DEG)]
    assert_allclose(annulus_fluxes(part, 0.0), on_sphere, rtol=0.012)


@pytest.mark.parametrize("name", ["skinner", "bouchet", "knoedlseder"])
def test_brightness_holds_the_flux(name):
    psi = np.linspace(0.0, 90.0, 9001)
    for part in templates()[name].components.values():
        ring = 2 * np.pi * psi * brightness(part, 2.7, psi)
        assert_allclose(np.trapezoid(ring, psi), part.flux, rtol=1e-4)


def test_brightness_of_an_elongated_component_is_a_mean_over_azimuth():
    part, azimuth, psi = component(1.0, 60.0, 10.5), np.linspace(0.0, 2 * np.pi, 721)[:-1], np.array([2.0, 14.0])
    l, b = psi[:, None] * np.cos(azimuth), psi[:, None] * np.sin(azimuth)  # noqa: E741
    expected = np.exp(-0.5 * (l / 60.0) ** 2 - 0.5 * (b / 10.5) ** 2).mean(axis=1) / (2 * np.pi * 60.0 * 10.5)
    assert_allclose(brightness(part, 0.0, psi), expected, rtol=1e-10)


def test_off_centre_elongated_components_are_refused():
    with pytest.raises(ValueError, match="a component must be round or centred"):
        annulus_fluxes(component(1.0, 60.0, 10.0, l=5.0), 2.7)


def test_every_datum_has_source_tag_and_unit_of_flux():
    for template in templates().values():
        for part in (*template.components.values(), template.disk):
            assert part.source
            assert part.tag in {"V", "V-abs", "C", "M"}
            assert 1e-5 < part.flux < 1e-2
            assert 0.0 < part.relative_error < 1.0
    assert all(telescope.source and telescope.tag for telescope in sky_511kev.telescopes().values())


def test_noise_of_2008_is_the_error_of_the_bulge_spread_over_the_sky():
    # a matched filter for the bulge has the published error back: sum of signal^2 / noise^2 over small pixels
    template = templates()["knoedlseder"]
    (part,) = template.components.values()
    sigma = np.hypot(part.sigma_l_deg, 2.7 / FWHM_PER_SIGMA)
    per_area = template.background_error**2 / sky_511kev.filter_area(part, 2.7)
    r = np.linspace(0.0, 40.0, 40001)
    density = np.exp(-0.5 * (r / sigma) ** 2) / (2 * np.pi * sigma**2)
    information = np.trapezoid(2 * np.pi * r * density**2, r) / per_area
    assert_allclose(information**-0.5, 0.06e-3, rtol=1e-4)
    assert_allclose(sky_511kev.annulus_areas().sum(), 2 * np.pi * (1 - np.cos(np.deg2rad(15))) * np.rad2deg(1) ** 2)


def test_covariance_of_2008_holds_noise_extent_and_shape():
    template = templates()["knoedlseder"]
    (part,) = template.components.values()
    total = bulge(template, 2.7)
    noise = np.diag(template.background_error**2 * sky_511kev.annulus_areas() / sky_511kev.filter_area(part, 2.7))
    wide, narrow = (annulus_fluxes(component(part.flux, f / FWHM_PER_SIGMA, f / FWHM_PER_SIGMA), 2.7) for f in (9, 7))
    spread = bulge(templates()["bouchet"], 2.7) - total
    expected = 0.0571**2 * np.outer(total, total) + noise + np.outer(spread, spread)
    expected += 0.25 * np.outer(wide - narrow, wide - narrow)
    assert_allclose(covariance(template, 2.7), expected, rtol=1e-3)


def test_forecast_knows_the_disk_as_well_as_its_filter_allows():
    disk = templates()["skinner"].disk
    _, error = sky_511kev.forecast_covariance(sky_511kev.telescopes()["cosi"], 4.0, disk)
    assert_allclose(error, 4e-6 * np.sqrt(4 * np.pi * 60.0 * 10.64 / 36.26) / 1.66e-3, rtol=0.01)
