import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.data.continuum_spectra import continuum
from model.physics.positrons.in_flight_annihilation import continuum_table
from workflow.inference.atlas.in_flight import cone_intensity, in_flight_figure


def test_intensity_in_the_cone_is_that_of_the_page():
    # docs/physics/galaxy.md 6: E_k = 3 MeV gives 5.8e-3 MeV/cm^2/s/sr near its endpoint, 60 % of the diffuse emission
    energy, in_flight, _ = cone_intensity(3.0, 0.0)
    assert_allclose(in_flight.max(), 5.8e-3, rtol=0.03)
    assert 2.0 < energy[in_flight.argmax()] < 3.0


@pytest.mark.parametrize("x_ion", [0.0, 1.0])
def test_intensity_integrates_to_the_excess_of_the_likelihood(x_ion):
    known = continuum()
    energy, in_flight, internal = cone_intensity(6.0, x_ion)
    inside = (energy > 1.0) & (energy < 30.0)
    found = np.trapezoid((in_flight + internal)[inside] / energy[inside], np.log(energy[inside]))
    low, high = known.concentration.energies
    diffuse = known.concentration.intensity * (1.0 / low - 1.0 / high)
    photons = continuum_table(known.bins).evaluate(np.array([6.0]), np.array([x_ion]))[0, -1]
    flux = known.line_flux / (2.0 - 1.5 * 0.967) * photons * known.fraction_in_cone
    assert_allclose(found / diffuse, flux / known.concentration.diffuse_flux, rtol=0.02)


def test_figure_has_a_panel_for_each_gas():
    figure = in_flight_figure((1.0, 5.0))
    assert [axes.get_title() for axes in figure.axes] == ["neutral gas", "ionised gas"]
