from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from likelihoods.data.sky_511kev import annulus_fluxes, bulge, templates
from likelihoods.morphology_511kev import DISK_AMPLITUDE, Likelihood
from model.physics.galaxy.annuli import annulus_factors
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo

ERAS = (2008, "modern")
OF_2008 = {"r_s_kpc": 16.7, "r_sun_kpc": 8.5, "rho_sun_gev_cm3": 0.3}  # Ascasibar et al. 2005, astro-ph/0507142


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
