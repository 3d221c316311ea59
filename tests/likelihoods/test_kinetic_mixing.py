import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.mixing_experiments import EVERYTHING, SELECTABLE
from reference.nuisances import NUISANCES
from scipy.optimize import brentq

from likelihoods.kinetic_mixing import Likelihood
from likelihoods.mixing.experiments import all_experiments
from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy.halo import Galaxy
from model.physics.hidden_sector.z_mixing import w_mass_gev
from model.physics.searches.bremsstrahlung import k_factor
from model.physics.surroundings import Requirements
from model.vector_portal import Model
from workflow.inference.run.tables import dump_table, table_paths

W_MASS = Likelihood(include=("w_mass",), era="modern")
W_MASS_2008 = Likelihood(include=("w_mass",), era=2008)
COS_THETA_W = np.sqrt(1 - 0.2312)


def prediction(chi):
    m_w = w_mass_gev(np.atleast_1d(chi))
    return SimpleNamespace(m_w_gev=m_w, reason=np.zeros(m_w.shape, dtype=np.int8))


def test_default_is_the_w_mass_alone():
    assert Likelihood().active == ("w_mass",)
    assert Likelihood().dump_settings is None
    assert [datum.observable for datum in Likelihood().data] == ["m_w_gev"]


def test_2008_keeps_what_existed():
    active = Likelihood(include="all", era=2008).active
    assert set(active) == {"e137", "e141", "e774", "kek", "orsay", "charm", "nu_cal", "w_mass", "z_invisible"}


def test_modern_has_every_experiment_and_each_can_be_switched_off():
    assert set(Likelihood(include="all", era="modern").active) == set(SELECTABLE)
    assert set(SELECTABLE) | {"sn1987a"} == set(all_experiments())
    assert "kek" not in Likelihood(include="all", exclude=("kek",)).active


def test_experiments_of_another_era_are_refused_by_name():
    with pytest.raises(ValueError, match="na64_visible is of 2019"):
        Likelihood(include=("na64_visible",), era=2008)
    with pytest.raises(ValueError, match="exclude: kek is named twice; allowed: once"):
        Likelihood(include="all", exclude=("kek", "e137", "kek"))
    with pytest.raises(ValueError, match="'kekk' is unknown; allowed: e137, e141"):
        Likelihood(include="all", exclude=("kekk",))
    with pytest.raises(ValueError, match="no experiment is left"):
        Likelihood(include=("kek",), exclude=("kek",))
    with pytest.raises(ValueError, match="sn1987a_depth"):
        Likelihood(sn1987a_depth=-1.0)


def test_missing_table_is_named(surroundings):
    model = Model(dark_matter="dirac")
    values = {"m_dm_mev": 10.0, "m_u_mev": 5.0, "g_dm": 0.1, "epsilon": 1e-6, **NUISANCES}
    prediction = model.predict({k: np.array([v]) for k, v in values.items()}, surroundings)
    with pytest.raises(ValueError, match="table of dump yields"):
        Likelihood(include=("e137",)).log_likelihood(prediction)


@pytest.mark.compiled
@pytest.mark.parametrize("n", [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_no_nan_in_the_prior_box(n, predict, rng):
    bounds = {"m_dm": (0.512, 1e3), "m_u": (2.001 * ELECTRON_MASS, 1e4), "g_dm": (1e-3, 3.5), "epsilon": (1e-8, 1e-1)}
    draws = {name: np.exp(rng.uniform(*np.log(ends), n)) for name, ends in bounds.items()}
    for dark_matter, part in itertools.product(("majorana", "dirac", "scalar"), np.array_split(np.arange(n), 20)):
        points = predict(dark_matter=dark_matter, **{name: column[part] for name, column in draws.items()})
        for name, term in EVERYTHING.experiments(points).items():
            assert np.isfinite(term).all(), name
            assert (term <= 0.0).all(), name


@pytest.mark.compiled
@pytest.mark.parametrize("epsilon", [1e-6, 1e-4, 2e-3])
def test_opening_the_invisible_channel_is_continuous(predict, epsilon):
    # beta ~ sqrt(1 - 2 m_DM/m_U) has infinite slope at threshold: logarithmic steps away from it, and a coupling to
    # dark matter at which the channel takes over within what doubles resolve
    m_dm = 5.0 * (1.0 - np.geomspace(1e-15, 1e-2, 60_001))
    opened = EVERYTHING.experiments(predict(10.0, epsilon, m_dm, epsilon))
    closed = EVERYTHING.experiments(predict(10.0, epsilon, np.array([5.0]), epsilon))
    for name, term in opened.items():
        bounded = np.maximum(term, -50.0)
        assert np.abs(np.diff(bounded)).max() < 0.1, name
        assert_allclose(np.maximum(closed[name], -50.0), bounded[0], rtol=1e-3, atol=0.05, err_msg=name)


@pytest.mark.compiled
@pytest.mark.parametrize(
    "parameter, low, high, m_dm",
    [
        ("m_u", 1.1, 9000.0, 1e4),
        ("m_u", 1.3, 9000.0, 0.6),
        ("epsilon", 1e-8, 0.1, 50.0),
        ("epsilon", 1e-8, 0.1, 14.0),
        ("g_dm", 1e-6, 3.5, 14.0),
    ],
)
def test_nothing_jumps_along_any_parameter(predict, parameter, low, high, m_dm):
    base = {"m_u": 30.0, "epsilon": 1e-4, "m_dm": m_dm, "g_dm": 1e-3}
    line = np.geomspace(low, high, 200_001)
    terms = EVERYTHING.experiments(predict(**{**base, parameter: line}))
    for name, term in terms.items():
        bounded = np.maximum(term, -50.0)
        step = np.abs(np.diff(bounded))
        steepest = np.argmax(step)
        assert step[steepest] < 0.3, f"{name} jumps by {step[steepest]:.3g} at {parameter} = {line[steepest]:.6g}"


@pytest.mark.compiled
@pytest.mark.slow
def test_exact_tree_divides_the_electron_dumps_and_nothing_else(laboratory, tables_folder):
    plain = laboratory.dump_yields
    exact = dump_table(replace(EVERYTHING.dump_settings, exact_tree=True), tables_folder)
    ratio = dict(zip(plain.names.tolist(), np.exp(plain.ln_yield - exact.ln_yield), strict=True))
    nodes = np.exp(plain.mass_start[0] + plain.mass_step[0] * np.arange(plain.ln_yield.shape[1])) / 1e3
    for run in EVERYTHING.dump_settings.dumps:
        below_limit = nodes < 0.5 * run.beam_gev
        masses = nodes[below_limit]
        expected = [k_factor(mass, run.k_factor, run.flux) for mass in masses]
        found = ratio.pop(run.name)[below_limit]
        assert_allclose(found, np.broadcast_to(np.array(expected)[:, None], found.shape), rtol=1e-9)
    assert_allclose(list(ratio.values()), 1.0, rtol=1e-12)  # proton dumps
    assert_allclose(plain.ln_missing, exact.ln_missing, rtol=1e-12)  # exact in both


def test_table_files_are_keyed_by_content(tables_folder):
    settings = EVERYTHING.dump_settings
    asked = (Requirements(dump_yields=s) for s in (settings, replace(settings, exact_tree=True)))
    one, other = (table_paths(Galaxy(), tables_folder, required) for required in asked)
    assert one["dump_yields"] != other["dump_yields"]
    assert one["j_factors"] == other["j_factors"]
    assert "dump_yields" not in table_paths(Galaxy(), tables_folder)


def test_w_mass_is_gaussian_with_both_errors():
    # docs/physics/laboratory.md 2: 80.353 (1 - 0.165 chi^2) against 80.3692, sigma = hypot(0.0133, 0.006)
    chi = np.array([0.0, 0.01, 0.03, 0.1])
    pull = (80.353 * (1 - 0.165 * chi**2) - 80.3692) / np.hypot(0.0133, 0.006)
    assert_allclose(W_MASS.log_likelihood(prediction(chi)), -0.5 * pull**2, rtol=1e-9)


def test_two_sigma_limit_is_the_published_one():
    # docs/physics/laboratory.md 2: chi < 0.031 and eps < 0.027 at 2 sigma
    chi = brentq(lambda x: W_MASS.log_likelihood(prediction(x))[0] + 2.0, 1e-3, 0.1)
    assert f"{chi:.3f}" == "0.031"
    assert f"{chi * COS_THETA_W:.3f}" == "0.027"


def test_w_mass_of_2008_is_weaker():
    # 0.023 +- hypot(0.025, 0.015) GeV above the Standard Model of that time
    chi = np.array([0.0, 0.01, 0.03, 0.1])
    pull = (-80.353 * 0.165 * chi**2 - 0.023) / np.hypot(0.025, 0.015)
    assert_allclose(W_MASS_2008.log_likelihood(prediction(chi)), -0.5 * pull**2, rtol=1e-8)
    limit = brentq(lambda x: W_MASS_2008.log_likelihood(prediction(x))[0] + 2.0, 1e-3, 0.1)
    assert f"{limit:.3f}" == "0.052"


def test_a_run_of_2008_may_keep_the_modern_w_mass():
    chi = np.array([0.0, 0.01, 0.03, 0.1])
    kept = replace(W_MASS_2008, w_mass_era="modern")
    assert_array_equal(kept.log_likelihood(prediction(chi)), W_MASS.log_likelihood(prediction(chi)))
    assert kept.data == W_MASS.data != W_MASS_2008.data


def test_likelihood_is_the_sum_of_its_experiments():
    chi = np.array([1e-8, 0.02, 0.1])
    experiments = W_MASS.experiments(prediction(chi))
    assert "w_mass" in experiments
    assert_array_equal(sum(experiments.values()), W_MASS.log_likelihood(prediction(chi)))


def test_there_are_no_points_without_points():
    assert W_MASS.log_likelihood(prediction(np.empty(0))).shape == (0,)
