import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.runs import LINE_COLUMNS, LINE_CONFIGS, PUBLIC_COLUMNS, SHIPPED_CONFIGS

from model.physics.domain import REASONS
from workflow.inference.posterior.evaluation import derived, evaluate, log_prior
from workflow.inference.posterior.observables import COLUMNS, FLAGS


@pytest.fixture
def posterior(posterior_of):
    return posterior_of("hooper_zurek_2008_paper")


@pytest.fixture
def found(posterior, rng):
    """Evaluation of 60 prior draws, valid and invalid."""
    values = posterior.sample_prior_values(60, rng)
    return evaluate(posterior, values)


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_public_columns_are_there(name, posterior_of, rng):
    posterior = posterior_of(name)
    columns = evaluate(posterior, posterior.sample_prior_values(3, rng)).columns
    wanted = [
        *posterior.priors,
        *posterior.fixed,
        *(LINE_COLUMNS if name in LINE_CONFIGS else PUBLIC_COLUMNS),
        *(f"loglike_{term}" for term in posterior.likelihoods),
    ]
    assert set(wanted) <= set(columns)


def test_inputs_come_first(posterior, found):
    inputs = {*posterior.priors, *posterior.fixed}
    assert set(list(found.columns)[: len(inputs)]) == inputs


def test_a_likelihood_of_experiments_has_a_column_for_each(found):
    assert "loglike_kinetic_mixing.w_mass" in found.columns
    assert_array_equal(found.columns["loglike_kinetic_mixing.w_mass"], found.columns["loglike_kinetic_mixing"])


def test_columns_have_one_number_per_point(found):
    assert {column.shape for column in found.columns.values()} == {(60,)}
    assert {column.dtype for column in found.columns.values()} == {np.dtype(np.float64)}


def test_invalid_points_have_a_reason_and_valid_ones_none(found):
    assert 0 < found.valid.sum() < 60
    for valid, reason in zip(found.valid, found.reason, strict=True):
        assert (reason == "") == valid
        assert reason in REASONS


def test_observables_do_not_exist_at_invalid_points_and_are_finite_at_valid_ones(found):
    for name, column in COLUMNS.items():
        if name in found.columns and not column.everywhere:
            assert_array_equal(np.isfinite(found.columns[name]), found.valid, err_msg=name)
            assert np.isnan(found.columns[name][~found.valid]).all(), name


def test_log_likelihoods_are_minus_infinity_at_invalid_points(found):
    for name, column in found.columns.items():
        if name.startswith("loglike_"):
            assert_array_equal(np.isneginf(column), ~found.valid, err_msg=name)


def test_log_posterior_is_prior_plus_likelihoods(posterior, found):
    total = found.columns["log_prior"] + sum(found.columns[f"loglike_{name}"] for name in posterior.likelihoods)
    assert_allclose(found.columns["log_posterior"], total, rtol=1e-12)


def test_log_prior_is_the_density_in_the_priors_own_coordinates(posterior, rng):
    values = posterior.sample_prior_values(4, rng)
    flat = -np.log(np.log10(3500.0)) - np.log(7.0) - np.log(np.log10(35000.0)) - np.log(3.0)
    curved = sum(
        posterior.priors[name].log_density(posterior.priors[name].to_coordinate(values[name]))
        for name in ("gamma", "rho_sun_gev_cm3", "f_ps")
    )
    assert_allclose(log_prior(posterior, values), flat + curved, rtol=1e-12)


def test_a_point_outside_the_prior_is_evaluated_with_log_prior_minus_infinity(posterior, rng):
    values = posterior.sample_prior_values(1, rng) | {"g": np.array([3.6]), "lambda": np.array([0.5])}
    columns = evaluate(posterior, values).columns
    assert columns["log_prior"][0] == columns["log_posterior"][0] == -np.inf
    assert np.isfinite(columns["m_dm_mev"][0])


def test_branching_ratios_add_up_to_one(found):
    total = sum(column for name, column in found.columns.items() if name.startswith("br_u_"))
    assert_allclose(total[found.valid], 1.0, rtol=1e-12)


def test_columns_are_the_observables_of_the_prediction(posterior, rng):
    values = posterior.sample_prior_values(60, rng)
    prediction = posterior.model.predict(values, posterior.surroundings)
    columns, valid = derived(prediction), prediction.valid
    selected = prediction.select(valid)
    for column, observable in (
        ("omega_h2", selected.omega_h2),
        ("flux_511_bulge_ph_cm2_s", selected.flux_511kev),
        ("positron_rate_s", selected.positron_rate),
        ("delta_a_e", selected.delta_a_e),
        ("m_w_gev", selected.m_w_gev),
        ("width_u_mev", selected.widths.total),
        ("sigma_si_cm2_g", selected.self_interaction),
        ("p_ann_cm3_s_gev", selected.p_ann),
        ("sigma_e_cm2", selected.sigma_e_cm2),
        ("t_kd_mev", selected.t_kd_mev),
        ("m_cut_msun", selected.m_cut_msun),
        ("weak_charge_shift", selected.weak_charge_shift),
        ("sn1987a_optical_depth", selected.sn1987a_optical_depth),
    ):
        assert_array_equal(columns[column][valid], observable, err_msg=column)


def test_flags_are_zero_or_one_and_mean_what_they_say(found):
    columns, valid = found.columns, found.valid
    for flag in FLAGS:
        assert set(columns[flag.name][valid]) <= {0.0, 1.0}
    light = np.minimum(columns["m_dm_mev"], columns["m_u_mev"])[valid] < 20.0
    heats = columns["heats_the_bath"][valid] == 1.0
    assert heats.any()
    assert not np.any(heats & ~light)
    assert np.all(columns["n_eff"][valid][heats] < 3.04)
    assert_array_equal(columns["self_interaction_above_1_cm2_g"][valid] == 1.0, columns["sigma_si_cm2_g"][valid] > 1.0)
    early = columns["t_kd_mev"][valid] > columns["m_dm_mev"][valid] / 20.0
    assert_array_equal(columns["kinetic_decoupling_before_freeze_out"][valid] == 1.0, early)
    assert_array_equal(columns["sn1987a_trapped"][valid] == 1.0, columns["sn1987a_optical_depth"][valid] > 3.0)


def test_coupling_window_of_the_paper(posterior, rng):
    # g_UXX g_Uee (10 MeV / m_U)^2, 1e-7 .. 1e-5 in the paper
    columns = evaluate(posterior, posterior.sample_prior_values(60, rng)).columns
    expected = columns["g_dm"] * np.abs(columns["g_e_l"]) * (10 / columns["m_u_mev"]) ** 2
    exists = np.isfinite(columns["coupling_product_window"])
    assert_allclose(columns["coupling_product_window"][exists], expected[exists], rtol=1e-12)


@pytest.mark.parametrize("n", [0, 1])
def test_any_number_of_points(posterior, rng, n):
    result = evaluate(posterior, posterior.sample_prior_values(n, rng))
    assert {column.shape for column in result.columns.values()} == {(n,)}
    assert len(result.valid) == len(result.reason) == n


def test_a_batch_equals_its_rows(posterior, rng):
    values = posterior.sample_prior_values(8, rng)
    batch = evaluate(posterior, values)
    for row in range(8):
        one = evaluate(posterior, {name: value[row : row + 1] for name, value in values.items()})
        assert (one.valid[0], one.reason[0]) == (batch.valid[row], batch.reason[row])
        for name, column in batch.columns.items():
            assert_allclose(one.columns[name][0], column[row], rtol=1e-9, atol=1e-300, err_msg=name)


def test_a_point_that_fails_is_a_row_with_its_reason_and_the_others_stay(posterior_of, monkeypatch):
    posterior = posterior_of("line_decay")
    values = posterior.sample_prior_values(7, np.random.default_rng(2))
    bad = values["m_dm_mev"][3]
    term = type(posterior.likelihoods["injection_energy"])
    before = evaluate(posterior, values)
    original = term.log_likelihood

    def failing(self, prediction):
        if bad in prediction.values["m_dm_mev"]:
            raise FloatingPointError("nothing\nworks")
        return original(self, prediction)

    monkeypatch.setattr(term, "log_likelihood", failing)
    found = evaluate(posterior, values)
    others = np.arange(7) != 3
    assert found.reason[3] == "cannot be computed: nothing works"
    assert found.valid.tolist() == (before.valid & others).tolist()
    for name, column in before.columns.items():
        np.testing.assert_array_equal(found.columns[name][others], column[others])
    assert found.columns["log_posterior"][3] == found.columns["loglike_injection_energy"][3] == -np.inf
    assert np.isnan(found.columns["flux_511_bulge_ph_cm2_s"][3])
    assert found.columns["m_dm_mev"][3] == bad
    assert found.columns["log_prior"][3] == before.columns["log_prior"][3]


def test_nan_of_a_likelihood_is_a_row_that_names_it(posterior_of, monkeypatch):
    posterior = posterior_of("line_decay")
    values = posterior.sample_prior_values(3, np.random.default_rng(2))
    term = type(posterior.likelihoods["injection_energy"])
    monkeypatch.setattr(term, "log_likelihood", lambda _, prediction: np.full(len(prediction.valid), np.nan))
    found = evaluate(posterior, values)
    assert all(
        reason.startswith("cannot be computed: likelihood injection_energy returned NaN") for reason in found.reason
    )
    with pytest.raises(FloatingPointError, match="likelihood injection_energy returned NaN"):
        posterior.log_likelihoods(values)


def test_a_prediction_is_freed_with_the_points(posterior_of, rng, monkeypatch):
    # A cycle of references would keep every block of a scan in memory until Python collects them.
    posterior = posterior_of("hooper_zurek_2008")
    predict, alive = type(posterior.model).predict, []

    def remembered(model, values, surroundings):
        prediction = predict(model, values, surroundings)
        alive.append(weakref.ref(prediction))
        return prediction

    monkeypatch.setattr(type(posterior.model), "predict", remembered)
    values = posterior.sample_prior_values(10, rng)
    gc.disable()
    try:
        evaluate(posterior, values)
        assert alive[0]() is None
    finally:
        gc.enable()
