from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import brentq

from likelihoods.data.continuum_spectra import continuum
from likelihoods.injection_energy import Likelihood
from model.physics.constants import ELECTRON_MASS
from model.physics.positrons.in_flight_annihilation import continuum_table

MASSES = np.geomspace(0.52, 300.0, 400)


def prediction(mass, x_ion=0.5, f_ps=0.967, flux=1.07e-3):
    m = np.atleast_1d(np.asarray(mass, dtype=np.float64))
    values = {"f_ps": np.full(m.shape, f_ps), "x_ion": np.full(m.shape, float(x_ion))}
    return SimpleNamespace(injection_energy=m - ELECTRON_MASS, flux_511kev=np.full(m.shape, flux), values=values)


def edge(function, masses=MASSES, delta=1.92):
    """Largest mass within delta of the best ln L."""
    level = function(masses)
    last = np.flatnonzero(level > level.max() - delta)[-1]
    return brentq(lambda m: function(np.array([m]))[0] - level.max() + delta, masses[last], masses[last + 1])


def excess(mass, x_ion, processes):
    """Flux from 1 to 30 MeV within 5 degrees over the diffuse flux there."""
    known = continuum()
    table = continuum_table(known.bins, processes)
    photons = table.evaluate(np.array([mass - ELECTRON_MASS]), np.array([float(x_ion)]))[0, -1]
    flux = known.line_flux / (2.0 - 1.5 * 0.967) * photons * known.fraction_in_cone
    return flux / known.concentration.diffuse_flux


# Published edges [MeV] and the gas and processes behind them: Beacom & Yueksel 2006; Sizun et al. 2006; Beacom, Bell &
# Bertone 2005.
PUBLISHED = [(3.0, 0.0, "in_flight_and_internal"), (7.5, 1.0, "in_flight_and_internal"), (20.0, 0.0, "internal")]


@pytest.mark.parametrize("published, x_ion, processes", PUBLISHED)
def test_one_criterion_reproduces_the_published_edges(published, x_ion, processes):
    chosen = Likelihood(processes=processes)
    found = edge(lambda m: chosen.experiments(prediction(m, x_ion))["concentration"])
    assert_allclose(found, published, rtol=0.12)


@pytest.mark.parametrize("published, x_ion, processes", PUBLISHED)
def test_all_terms_together_keep_the_published_edges(published, x_ion, processes):
    chosen = Likelihood(processes=processes)
    assert_allclose(edge(lambda m: chosen.log_likelihood(prediction(m, x_ion))), published, rtol=0.20)


@pytest.mark.parametrize(
    "published, x_ion, processes, printed", [(*p, r) for p, r in zip(PUBLISHED, (0.35, 0.40, 0.43), strict=True)]
)
def test_excess_at_the_published_edges_is_that_of_the_note(published, x_ion, processes, printed):
    assert_allclose(excess(published, x_ion, processes), printed, atol=0.006)


def test_thirty_per_cent_would_be_stricter_than_published():
    # what the note of the data file says
    for (_, x_ion, processes), printed in zip(PUBLISHED, (2.7, 5.6, 12.4), strict=True):
        found = brentq(lambda m, x=x_ion, p=processes: excess(m, x, p) - 0.30, 1.5, 60.0)
        assert_allclose(found, printed, rtol=0.02)


@pytest.mark.parametrize("x_ion, printed", [(0.0, 10.2), (1.0, 25.0)])
def test_large_regions_alone_are_weaker(x_ion, printed):
    chosen = Likelihood()
    found = edge(lambda m: chosen.experiments(prediction(m, x_ion))["comptel"])
    assert_allclose(found, printed, rtol=0.02)


def test_spectrum_of_2011_does_not_enter_2008_and_would_hardly_matter():
    assert Likelihood().spectra_in_use == ("comptel",)
    assert set(Likelihood().experiments(prediction(MASSES, 0.0))) == {"comptel", "concentration"}
    measured = continuum()
    spectrum, line = measured.spectra["spi"], measured.line_flux / (2.0 - 1.5 * 0.967)
    energy = MASSES - ELECTRON_MASS
    photons = continuum_table(spectrum.bins, "in_flight_and_internal").evaluate(energy, np.zeros_like(energy))
    term = spectrum.log_likelihood(spectrum.intensity(line * photons, measured.bulge_fwhm_deg), measured.power_law)
    assert np.ptp(term) < 0.12


@pytest.mark.parametrize("x_ion", [0.0, 1.0])
def test_positrons_at_rest_radiate_nothing(x_ion):
    known = continuum()
    nothing = known.spectra["comptel"]
    expected = nothing.log_likelihood(np.zeros((1, len(nothing.low))), known.power_law)
    assert_allclose(Likelihood().log_likelihood(prediction(ELECTRON_MASS * 1.0001, x_ion)), expected, rtol=1e-9)


def test_ionised_gas_weakens_the_bound():
    terms = [Likelihood().log_likelihood(prediction(10.0, x))[0] for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert np.all(np.diff(terms) > 0.0)


def test_positrons_may_be_those_of_the_model():
    observed, predicted = Likelihood(), Likelihood(positrons="predicted")
    same = prediction([2.0, 10.0, 40.0])
    assert_allclose(predicted.log_likelihood(same), observed.log_likelihood(same), rtol=1e-12)
    few = prediction([10.0], flux=1e-8)
    assert predicted.log_likelihood(few)[0] > observed.log_likelihood(few)[0] + 1.0


def test_the_energy_of_das_2025():
    # docs/physics/galaxy.md 7: flat to 50 MeV, then half-normal in ln m with 0.4
    found = Likelihood(era="modern_upper").log_likelihood(prediction([0.6, 3.0, 50.0, 50.0 * np.exp(0.4), 5000.0]))
    assert_allclose(found, [0.0, 0.0, 0.0, -0.5, -0.5 * (np.log(100.0) / 0.4) ** 2], atol=1e-12)


def test_the_energy_of_knoedlseder_2025():
    # docs/physics/galaxy.md 7: ln m normal around ln 2.5 MeV with 0.35
    found = Likelihood(era="modern_detection").log_likelihood(prediction([2.5, 2.5 * np.exp(0.35), 50.0]))
    assert_allclose(found, [0.0, -0.5, -0.5 * (np.log(20.0) / 0.35) ** 2], atol=1e-12)


def test_the_two_results_of_2025_differ_above_a_few_mev():
    upper, detection = (
        Likelihood(era=era).log_likelihood(prediction(20.0)) for era in ("modern_upper", "modern_detection")
    )
    assert upper[0] - detection[0] > 10.0


def test_data_are_a_measurement_only_where_there_is_one():
    assert Likelihood().data == ()
    (datum,) = Likelihood(era="modern_detection").data
    assert datum.observable == "injection_energy"
    assert_allclose(datum.value, 2.0, atol=0.02)


@given(st.floats(min_value=0.5111, max_value=1e6), st.floats(min_value=0.0, max_value=1.0))
def test_every_mass_has_a_finite_likelihood(mass, x_ion):
    for era in (2008, "modern_upper", "modern_detection"):
        found = Likelihood(era=era).log_likelihood(prediction(mass, x_ion))
        assert np.isfinite(found).all()
        assert found[0] <= 0.0


def test_no_points():
    assert Likelihood().log_likelihood(prediction(np.empty(0))).shape == (0,)


@pytest.mark.parametrize("era", [2008, "modern_upper", "modern_detection"])
def test_energies_alone_give_the_likelihood_of_a_prediction_with_the_observed_line(era):
    likelihood = Likelihood(era=era)
    energy = np.array([0.3, 3.0, 30.0])
    values = {"f_ps": np.full(3, 0.967), "x_ion": np.full(3, 0.1)}
    prediction = SimpleNamespace(injection_energy=energy, values=values)
    assert_array_equal(likelihood.of_energy(energy, values), likelihood.log_likelihood(prediction))


def test_the_flux_of_the_model_is_needed_where_it_replaces_the_observed_one():
    assert Likelihood().needs == ("injection_energy", "values")
    assert Likelihood(positrons="predicted").needs == ("injection_energy", "values", "flux_511kev")
    assert Likelihood(era="modern_upper").needs == ("injection_energy",)
