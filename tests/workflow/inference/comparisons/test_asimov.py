"""The truth of a forecast is the prediction at the best fit, through the telescope of the forecast."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.runs import ROOT

from workflow.inference.comparisons import asimov
from workflow.inference.comparisons.asimov import TELESCOPE, best_fit_to_today, expected_annuli, truth_override
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load

TODAY = (
    "likelihoods.morphology_511kev.era=modern",
    "likelihoods.injection_energy.era=modern_upper",
    "parameters.x_ion.fixed=0.5",
)
COSI = (*TODAY, "likelihoods.morphology_511kev.forecast=cosi_given")


@pytest.mark.compiled
def test_the_truth_is_its_own_best_fit(tables_folder):
    path = ROOT / "config" / "line_stellar.yaml"
    today = build_posterior(load(path, TODAY), tables_folder)
    stellar = load(path, (*TODAY, "likelihoods.morphology_511kev.forecast=cosi_stellar"))
    truth = expected_annuli(today, build_posterior(stellar, tables_folder), seed=3)
    assert np.all(np.array(truth) > 1e-5)  # ph cm^-2 s^-1; the bulge has 1e-3 in all

    given = f"likelihoods.morphology_511kev.truth_ph_cm2_s=[{','.join(f'{x:.8e}' for x in truth)}]"
    forecast = build_posterior(load(path, (*COSI, given)), tables_folder)
    best = best_fit_to_today(today, seed=3)
    values = forecast.to_physical(best[None]).values
    prediction = forecast.model.predict(values, forecast.surroundings)
    term = forecast.likelihoods["morphology_511kev"]
    assert_allclose(term.log_likelihood(prediction), 0.0, atol=1e-6)  # of Asimov data at their own truth
    # and the best fit is one: no step away from it raises the density of today's posterior by more than rounding
    here = today.log_prob(best[None])[0, 0]
    steps = best + 1e-2 * np.concatenate([np.eye(len(best)), -np.eye(len(best))])
    assert np.all(today.log_prob(steps)[:, 0] < here + 1e-2)


def test_the_override_is_the_truth_of_a_forecast():
    override = truth_override([1e-4, 2.5e-5])
    assert override == "likelihoods.morphology_511kev.truth_ph_cm2_s=[1.00000e-04,2.50000e-05]"


def test_the_telescope_of_a_forecast_is_an_override_of_a_run():
    config = load(ROOT / "config" / "line_stellar.yaml", (*TODAY, TELESCOPE))
    assert config.likelihoods["morphology_511kev"].forecast == "cosi_stellar"


@pytest.mark.parametrize("seed", [1, 2])
def test_units_of_a_coordinate_decide_neither_starts_nor_best_fit(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    particles, score = rng.normal(size=(400, 3)), -rng.exponential(size=400)
    found = {}
    for unit in (np.ones(3), np.array([1e-4, 1.0, 1e3])):
        pilot = SimpleNamespace(particles=particles * unit, log_likelihood=score)
        monkeypatch.setattr(asimov, "pilot_start", lambda _: None)
        monkeypatch.setattr(asimov, "run_pilot", lambda *_, pilot=pilot: pilot)

        def maximise(_, starts, size, unit=unit):
            found[tuple(unit)] = starts / unit, size / unit
            return SimpleNamespace(points=starts, values=np.arange(len(starts)))

        monkeypatch.setattr(asimov, "maximise", maximise)
        assert_allclose(best_fit_to_today(None, seed) / unit, found[tuple(unit)][0][-1], rtol=1e-12)
    one, other = found.values()
    assert len(one[0]) > 1
    assert_allclose(other[0], one[0], rtol=1e-9)
    assert_allclose(other[1], one[1], rtol=1e-9)
