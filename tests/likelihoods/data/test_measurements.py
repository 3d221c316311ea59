import dataclasses
import math

import numpy as np
import pytest

from likelihoods.data.eras import existed
from likelihoods.data.measurements import Measurement, measurements
from model.physics.hidden_sector.z_mixing import W_MASS_STANDARD_MODEL_GEV
from model.physics.prediction import Prediction

# docs/physics/data.md 1: (value, sigma, unit)
PUBLISHED = {
    "flux_511kev_2008": (1.05e-3, 0.06e-3, "ph cm^-2 s^-1"),
    "flux_511kev_modern": (0.96e-3, 0.07e-3, "ph cm^-2 s^-1"),
    "relic_abundance_2008": (0.1099, 0.0062, "1"),
    "relic_abundance_modern": (0.1200, 0.0012, "1"),
    "electron_g2_2008_rb": (-2.6e-12, 7.7e-12, "1"),
    "electron_g2_2008_cs": (7.7e-12, 9.3e-12, "1"),
    "electron_g2_modern_rb": (0.34e-12, 0.16e-12, "1"),
    "electron_g2_modern_cs": (-1.02e-12, 0.26e-12, "1"),
    "electron_g2_modern_neutral": (0.0, 0.7e-12, "1"),
    "muon_g2_2008": (29.5e-10, 8.8e-10, "1"),
    "muon_g2_modern": (38.5e-11, 63.7e-11, "1"),
    "self_interaction_2008": (0.0, 1.25, "cm^2 g^-1"),
    "self_interaction_modern": (0.0, 0.5, "cm^2 g^-1"),
    "self_interaction_modern_strict": (0.0, 0.1, "cm^2 g^-1"),
    "p_ann_2008": (0.0, 1.8191e-27, "cm^3 s^-1 GeV^-1"),
    "p_ann_modern": (-0.48e-28, 1.754e-28, "cm^3 s^-1 GeV^-1"),
    "circular_speed_2008": (220.0, 20.0, "km s^-1"),
    "circular_speed_modern": (229.0, 8.017, "km s^-1"),
    "weak_charge_2008": (0.54, 0.46, "1"),
    "weak_charge_modern": (0.42, 0.42, "1"),
    "w_mass_2008": (80.376, math.hypot(0.025, 0.015), "GeV"),
    "w_mass_modern": (80.3692, math.hypot(0.0133, 0.006), "GeV"),
    "n_eff_2008": (4.4, 1.5, "1"),
    "helium_2008": (0.249, 0.009, "1"),
    "helium_modern": (0.245, 0.003, "1"),
    "deuterium_2008": (2.82e-5, 0.27e-5, "1"),
    "deuterium_modern": (2.547e-5, 0.025e-5, "1"),
    "n_eff_planck_2018": (2.99, 0.17, "1"),
    "n_eff_act_spt_planck_2026": (2.81, 0.12, "1"),
}
A_E_2008 = 1159652180.73e-12  # Hanneke 2008
INVERSE_ALPHA_2008 = (137.035999084, 51e-9)  # the alpha that goes with it
A_E_2023 = (1159652180.59, 0.13)  # Fan 2023 [1e-12]


def logarithmic_slope():
    """d ln a_e / d ln alpha from a = x/2 - 0.328479 x^2, x = alpha/pi."""
    x = 1 / (137.035999 * math.pi)
    return (0.5 * x - 2 * 0.328479 * x**2) / (0.5 * x - 0.328479 * x**2)


@pytest.mark.parametrize("key", PUBLISHED)
def test_number_is_the_published_one(key):
    value, sigma, unit = PUBLISHED[key]
    datum = measurements()[key]
    assert (datum.value, datum.unit) == (value, unit)
    assert datum.sigma == pytest.approx(sigma, rel=1e-12)


def test_papers_rate_is_3e42():
    assert measurements()["positron_rate_paper"].value == 3e42


def test_every_datum_is_checked_here():
    assert set(measurements()) == {*PUBLISHED, "positron_rate_paper"}


@pytest.mark.parametrize("key", measurements())
def test_every_datum_has_source_tag_and_note(key):
    datum = measurements()[key]
    assert datum.tag in {"V", "V-abs", "C", "M"}
    assert len(datum.source) > 10
    assert datum.note


@pytest.mark.parametrize("key", measurements())
def test_every_datum_is_a_finite_number_with_a_positive_error(key):
    datum = measurements()[key]
    assert isinstance(datum.value, float)
    assert isinstance(datum.sigma, float)
    assert math.isfinite(datum.value)
    assert 0.0 < datum.sigma < math.inf


@pytest.mark.parametrize("key", measurements())
def test_every_datum_names_an_observable_of_the_prediction(key):
    observable = measurements()[key].observable
    assert hasattr(Prediction, observable)
    assert observable not in {field.name for field in dataclasses.fields(Prediction)}


@pytest.mark.parametrize(
    "atom, inverse_alpha, error, printed",
    [("rb", 137.03599878, 0.91e-6, ("-2.6", "7.7")), ("cs", 137.0360000, 1.1e-6, ("7.7", "9.3"))],
)
def test_shift_of_2008_is_its_alpha_against_that_of_g_minus_2(atom, inverse_alpha, error, printed):
    # a_SM(alpha) scales with alpha; the alpha of Hanneke 2008 is the one at which a_SM is the measurement
    per_unit = A_E_2008 * logarithmic_slope() / INVERSE_ALPHA_2008[0] * 1e12
    shift = (inverse_alpha - INVERSE_ALPHA_2008[0]) * per_unit
    sigma = math.hypot(error, INVERSE_ALPHA_2008[1]) * per_unit
    assert (f"{shift:.1f}", f"{sigma:.1f}") == printed
    datum = measurements()[f"electron_g2_2008_{atom}"]
    assert (f"{datum.value * 1e12:.1f}", f"{datum.sigma * 1e12:.1f}") == printed


@pytest.mark.parametrize(
    "atom, standard_model, error, printed",
    [("cs", 1159652181.606, 0.230, ("-1.02", "0.26")), ("rb", 1159652180.252, 0.095, ("0.34", "0.16"))],
)
def test_modern_shift_is_measurement_minus_standard_model(atom, standard_model, error, printed):
    shift, sigma = A_E_2023[0] - standard_model, math.hypot(A_E_2023[1], error)
    assert (f"{shift:.2f}", f"{sigma:.2f}") == printed
    datum = measurements()[f"electron_g2_modern_{atom}"]
    assert (f"{datum.value * 1e12:.2f}", f"{datum.sigma * 1e12:.2f}") == printed


def test_w_mass_of_2008_is_the_average_of_2008_against_the_standard_model_of_2008():
    # PDG 2008: CDF and D0 80.428 +- 0.039, LEP 80.376 +- 0.033, Standard Model 80.375 +- 0.015 GeV [M]
    weights = np.array([0.039, 0.033]) ** -2.0
    average = np.average([80.428, 80.376], weights=weights)
    assert (f"{average:.3f}", f"{weights.sum() ** -0.5:.3f}") == ("80.398", "0.025")
    shift = measurements()["w_mass_2008"].value - W_MASS_STANDARD_MODEL_GEV
    assert shift == pytest.approx(80.398 - 80.375, abs=1e-9)


@pytest.mark.parametrize("key", [key for key in measurements() if "_2008" in key or key == "positron_rate_paper"])
def test_data_of_2008_were_public_in_2008(key):
    assert existed(measurements()[key].year, 2008)


@pytest.mark.parametrize("key", [key for key in measurements() if "_modern" in key])
def test_modern_data_are_younger_than_2008(key):
    assert not existed(measurements()[key].year, 2008)


def test_the_two_alphas_are_five_sigma_apart():
    rb, cs = (measurements()[f"electron_g2_modern_{atom}"] for atom in ("rb", "cs"))
    # the error of the measured a_e, 0.13e-12, is common to both
    own = [np.sqrt(datum.sigma**2 - 0.13e-12**2) for datum in (rb, cs)]
    assert (rb.value - cs.value) / math.hypot(*own) > 5.0


def test_entries_are_immutable():
    with pytest.raises(AttributeError):
        measurements()["w_mass_modern"].value = 80.0
    assert issubclass(Measurement, tuple)
