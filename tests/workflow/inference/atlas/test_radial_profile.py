import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.morphology_511kev import Likelihood
from workflow.inference.atlas.radial_profile import ANGLES_DEG, EMISSIONS, fitted_emissions, radial_profile_figure


@pytest.fixture(scope="module", params=[2008, pytest.param("modern", marks=pytest.mark.slow)])
def fits(request):
    return request.param, fitted_emissions(EMISSIONS, request.param)


def test_decay_is_off_by_more_than_three_sigma(fits):
    # docs/physics/galaxy.md 5
    _, found = fits
    *annihilation, decay = (fit.chi2 for fit in found)
    assert decay - max(annihilation) > 9.0


def test_curves_hold_the_fluxes_of_their_annuli(fits):
    _, found = fits
    angles = np.array(ANGLES_DEG)
    for fit in found:
        fine = np.linspace(0.0, 15.0, 3001)
        bright = np.exp(np.interp(fine, angles, np.log(fit.brightness)))
        held = np.trapezoid(2 * np.pi * np.sin(np.deg2rad(fine)) * bright, np.deg2rad(fine))
        assert_allclose(held, fit.fluxes.sum(), rtol=0.01)


def test_normalisation_is_the_best(fits):
    era, found = fits
    likelihood = Likelihood(era=era)
    precision = np.linalg.inv(likelihood.covariance)
    for fit in found:
        assert abs(fit.fluxes @ precision @ (fit.fluxes - likelihood.fluxes)) < 1e-6 * (
            fit.fluxes @ precision @ fit.fluxes
        )


def test_figure_shows_brightness_and_annuli():
    figure = radial_profile_figure(2008)
    sky, annuli = figure.axes
    assert sky.get_yscale() == "log"
    assert sky.get_xlim()[0] == annuli.get_xlim()[0] == 0.0  # the Galactic centre
    assert len(sky.lines) == 3 + len(EMISSIONS)
    assert len(annuli.patches) == 3 + len(EMISSIONS)
    assert "deg" in sky.get_xlabel()
    assert "sr" in sky.get_ylabel()
    assert len(figure.legends[0].get_texts()) == 5 + len(EMISSIONS)
