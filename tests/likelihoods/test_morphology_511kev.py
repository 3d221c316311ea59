import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad
from scipy.ndimage import gaussian_filter

from likelihoods.data import sky_511kev
from likelihoods.data.sky_511kev import Component, annulus_fluxes, brightness, bulge, covariance, templates
from likelihoods.morphology_511kev import DISK_AMPLITUDE, Likelihood
from model.physics.galaxy.annuli import EDGES_DEG, FWHM_PER_SIGMA, annulus_factors
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo

ERAS = (2008, "modern")
OF_2008 = {"r_s_kpc": 16.7, "r_sun_kpc": 8.5, "rho_sun_gev_cm3": 0.3}  # Ascasibar et al. 2005, astro-ph/0507142


def component(flux, sigma_l, sigma_b, l=0.0, b=0.0):  # noqa: E741
    return Component(flux, sigma_l, sigma_b, l, b, 0.1, "", "", "")


def prediction(fluxes, disk_amplitude=1.0):
    fluxes = np.atleast_2d(fluxes)
    return SimpleNamespace(annuli_511kev=fluxes, values={DISK_AMPLITUDE.name: np.full(len(fluxes), disk_amplitude)})


def shape(likelihood, profile="gnfw", name="s_wave", **changes):
    """Flux in the annuli as this likelihood sees it, in any unit."""
    halo = Halo(*(np.array([float(value)]) for value in {**DEFAULTS[profile], **changes}.values()))
    factors = annulus_factors(Galaxy(profile), halo, likelihood.annulus_settings)
    found = np.array([getattr(annulus, name)[0] for annulus in factors])
    return found / found.sum()


def best_chi2(likelihood, fluxes):
    """Chi-squared at the best normalisation of a shape."""
    amplitudes = np.geomspace(1e-5, 1e-2, 4000)
    return -2.0 * likelihood.log_likelihood(prediction(amplitudes[:, None] * fluxes)).max()


# the pseudo-data


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


# the covariance


def test_covariance_is_the_formula_of_the_science_page():
    template = templates()["skinner"]
    parts = {name: annulus_fluxes(part, 2.7) for name, part in template.components.items()}
    parts["disk"] = annulus_fluxes(template.disk, 2.7)
    total = parts["narrow_bulge"] + parts["broad_bulge"] + parts["central_source"]
    errors = {"central_source": 0.24, "narrow_bulge": 0.15, "broad_bulge": 0.12, "disk": 0.21}
    expected = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            expected[i, j] = sum(errors[c] ** 2 * parts[c][i] * parts[c][j] for c in parts)
            expected[i, j] += 0.07**2 * total[i] * total[j] + (0.10 * total[i]) ** 2 * (i == j)
    assert_allclose(Likelihood(era="modern").covariance, expected, rtol=1e-12)


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


@pytest.mark.parametrize("era", ERAS)
def test_marginalising_the_disk_is_integrating_over_its_amplitude(era):
    marginal, sampled = Likelihood(era=era), Likelihood(era=era, disk="sampled")
    error = 0.571 if era == 2008 else 0.21
    rng = np.random.default_rng(4)
    cases = marginal.fluxes * rng.uniform(0.5, 1.5, (6, 4))
    amplitudes = np.linspace(1 - 8 * error, 1 + 8 * error, 2001)
    weights = np.exp(-0.5 * ((amplitudes - 1) / error) ** 2)
    integrals = []
    for fluxes in cases:
        terms = [sampled.log_likelihood(prediction(fluxes, a))[0] for a in amplitudes]
        integrals.append(np.log(np.sum(weights * np.exp(terms))))
    difference = integrals - marginal.log_likelihood(prediction(cases))
    assert_allclose(difference, difference[0], atol=1e-6)  # the determinant, the same for all


def test_the_disk_is_a_parameter_where_it_is_sampled():
    assert Likelihood().parameters == ()
    assert Likelihood(disk="sampled").parameters == (DISK_AMPLITUDE,)
    likelihood = Likelihood(era="modern", disk="sampled")
    brighter = likelihood.fluxes - 0.3 * likelihood.disk_fluxes  # bulge and disk trade
    assert_allclose(likelihood.log_likelihood(prediction(brighter, 1.3)), 0.0, atol=1e-20)
    assert likelihood.log_likelihood(prediction(brighter, 1.0)) < -0.01


# the likelihood


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("disk", ["marginalised", "sampled"])
def test_a_perfect_fit_is_zero_and_nothing_is_better(era, disk):
    likelihood = Likelihood(era=era, disk=disk)
    scatter = 1 + 0.3 * np.random.default_rng(1).standard_normal((50, 4))
    found = likelihood.log_likelihood(prediction(likelihood.fluxes * np.vstack([np.ones(4), scatter])))
    assert found[0] == 0.0
    assert np.all(found[1:] < 0.0)


@pytest.mark.parametrize("era", ERAS)
def test_it_is_the_gaussian_of_its_data_and_covariance(era):
    likelihood = Likelihood(era=era)
    residual = np.array([0.3, -0.2, 0.5, 0.1]) * 1e-4
    expected = -0.5 * residual @ np.linalg.solve(likelihood.covariance, residual)
    assert_allclose(likelihood.log_likelihood(prediction(likelihood.fluxes + residual)), expected, rtol=1e-10)


@pytest.mark.parametrize("fluxes", [[np.inf] * 4, [1e-4, np.inf, 0.0, 0.0], [1e200] * 4])
def test_absurd_fluxes_are_forbidden(fluxes):
    assert_array_equal(Likelihood().log_likelihood(prediction(fluxes)), [-np.inf])


def test_decay_is_disfavoured_against_annihilation():
    # docs/physics/galaxy.md 5: decay clearly disfavoured, rho^2 fits; free normalisation of both
    for era, more in (("modern", {}), (2008, OF_2008)):
        likelihood = Likelihood(era=era)
        annihilation = [
            best_chi2(likelihood, shape(likelihood, profile, name, **{**more, **changes}))
            for profile, name, changes in (
                ("gnfw", "s_wave", {}),
                ("gnfw", "p_wave", {}),
                ("gnfw", "s_wave", {"gamma": 1.2}),
                ("gnfw", "p_wave", {"gamma": 1.2}),
                ("einasto", "s_wave", {"r_s_kpc": 26.0}),
            )
        ]
        decay = [
            best_chi2(likelihood, shape(likelihood, profile, "decay", **{**more, **changes}))
            for profile, changes in (("gnfw", {}), ("gnfw", {"gamma": 1.3}), ("einasto", {"r_s_kpc": 26.0}))
        ]
        assert max(annihilation) < 10.0  # three degrees of freedom
        assert min(decay) - max(annihilation) > 9.0  # the worst of one against the best of the other: 3 sigma


def test_slope_of_2008_is_that_of_ascasibar():
    # astro-ph/0507142, SPI maps of 2005: gamma = 1.03 +- 0.04 for annihilation, gamma > 1.5 asked for by decay
    likelihood = Likelihood(era=2008)
    slopes = np.linspace(0.5, 1.5, 41)
    chi2 = np.array([best_chi2(likelihood, shape(likelihood, gamma=gamma, **OF_2008)) for gamma in slopes])
    assert chi2.min() < 5.0
    assert np.interp(1.03, slopes, chi2) - chi2.min() < 2.0
    assert np.all(chi2[(slopes < 0.7) | (slopes > 1.45)] - chi2.min() > 4.0)
    decay = [best_chi2(likelihood, shape(likelihood, "gnfw", "decay", gamma=gamma, **OF_2008)) for gamma in (1.0, 1.5)]
    assert decay[0] > decay[1] > chi2.min() + 9.0


def test_templates_of_the_modern_era_differ_by_what_imaging_does_not_know():
    # the same sky: each within 3 sigma of the other's covariance
    skinner, bouchet = Likelihood(era="modern"), Likelihood(era="modern", template="bouchet")
    for one, other in ((skinner, bouchet), (bouchet, skinner)):
        chi2 = -2.0 * one.log_likelihood(prediction(other.fluxes))[0]
        assert 1.0 < chi2 < 40.0


# options


def test_view_of_the_sky_follows_era_and_forecast():
    def view(**options):
        settings = Likelihood(**options).annulus_settings
        return settings.psf_fwhm_deg, settings.smearing_pc

    assert view() == (2.7, 0.0)
    assert view(era="modern") == (2.7, 150.0)
    assert view(era="modern", smearing_pc=0.0) == (2.7, 0.0)
    assert view(era="modern", convolve=False) == (0.0, 150.0)
    assert view(era="modern", forecast="cosi_stellar") == (4.0, 150.0)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"template": "skinner"}, "template: skinner is of 2016; it exists in era modern only"),
        ({"forecast": "cosi_stellar"}, "forecast: cosi_stellar; allowed in era modern only"),
        ({"era": "modern", "forecast": "cosi_given"}, "truth_ph_cm2_s: 0 numbers; allowed: 4 with forecast cosi_given"),
        ({"era": "modern", "truth_ph_cm2_s": (1e-4,) * 4}, "truth_ph_cm2_s: 4 numbers; allowed"),
        ({"era": "modern", "forecast": "cosi_given", "truth_ph_cm2_s": (-1e-4,) * 4}, "allowed: zero or more"),
        ({"era": "modern", "smearing_pc": 5000.0}, "smearing_pc is 5000.0; allowed"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Likelihood(**options)


# the forecast


def test_forecast_errors_follow_from_the_sensitivity_to_a_point_source():
    # 1.2e-5 at 3 sigma over the beam of 4 deg FWHM, 4 pi sigma^2 = 36.3 deg^2
    likelihood = Likelihood(era="modern", forecast="cosi_stellar", disk="sampled")
    areas = np.array([28.3, 84.5, 199.5, 386.5])  # 2 pi (cos - cos)
    assert_allclose(np.sqrt(np.diag(likelihood.covariance)), 4e-6 * np.sqrt(areas / 36.26), rtol=0.01)
    assert np.count_nonzero(likelihood.covariance) == 4
    ratio = np.sqrt(np.diag(Likelihood(era="modern", disk="sampled").covariance) / np.diag(likelihood.covariance))
    # docs/physics/galaxy.md 5: errors smaller by 5 to 10. More in the centre, less far out, where background adds up
    assert 5.0 < np.exp(np.log(ratio).mean()) < 10.0
    assert np.all(np.diff(ratio) < 0.0)


def test_forecast_knows_the_disk_as_well_as_its_filter_allows():
    disk = templates()["skinner"].disk
    _, error = sky_511kev.forecast_covariance(sky_511kev.telescopes()["cosi"], 4.0, disk)
    assert_allclose(error, 4e-6 * np.sqrt(4 * np.pi * 60.0 * 10.64 / 36.26) / 1.66e-3, rtol=0.01)


def test_asimov_data_are_the_truth_itself():
    truth = (2.0e-4, 2.5e-4, 2.6e-4, 2.7e-4)
    given = Likelihood(era="modern", forecast="cosi_given", truth_ph_cm2_s=truth)
    assert_array_equal(given.fluxes, truth)
    assert given.log_likelihood(prediction(truth)) == 0.0
    stellar = Likelihood(era="modern", forecast="cosi_stellar")
    assert_allclose(stellar.fluxes, bulge(templates()["skinner"], 4.0))


def test_cosi_would_tell_dark_matter_from_stars():
    stellar = Likelihood(era="modern", forecast="cosi_stellar")
    chi2 = best_chi2(stellar, shape(stellar, "gnfw", "p_wave"))
    spi = Likelihood(era="modern")
    assert chi2 > 5 * best_chi2(spi, shape(spi, "gnfw", "p_wave"))
    given = Likelihood(era="modern", forecast="cosi_given", truth_ph_cm2_s=tuple(1e-3 * shape(stellar, name="p_wave")))
    assert best_chi2(given, shape(given, "gnfw", "p_wave")) < 0.01
    assert best_chi2(given, stellar.fluxes) > 25.0
