import numpy as np
import pytest
import yaml

from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError


def message(path, *overrides):
    with pytest.raises(ConfigError) as caught:
        load(path, overrides)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def default(config_file):
    return config_file("hooper_zurek_2008_paper")


@pytest.mark.parametrize(
    "override, words",
    [
        ("chi.fixed=2", "parameters.chi.fixed: 2; allowed: within [1e-25, 1)"),
        ("chi.fixed=1", "parameters.chi.fixed: 1; allowed: within [1e-25, 1)"),
        ("g.fixed=0", "parameters.g.fixed: 0; allowed: within [1e-25, 12.5664]"),
        ("lambda.fixed=-1", "parameters.lambda.fixed: -1; allowed: within [1e-25, 12.5664]"),
        ("f_ps.fixed=1.1", "parameters.f_ps.fixed: 1.1; allowed: within [0, 1]"),
        ("baryon_scale.fixed=-0.1", "parameters.baryon_scale.fixed: -0.1; allowed: within [0, 100]"),
        ("rho_sun_gev_cm3.fixed=0", "parameters.rho_sun_gev_cm3.fixed: 0; allowed: within [1e-06, 10000]"),
        ("gamma.fixed=1.7", "parameters.gamma.fixed: 1.7; allowed: within [0, 1.66], as J-factors are tabulated there"),
        (
            "r_sun_kpc.fixed=7",
            "parameters.r_sun_kpc.fixed: 7; allowed: within [7.5, 9]",
        ),
        ("f_ps.max=1.5", "parameters.f_ps: reaches from 0 to 1.5; allowed: within [0, 1]"),
        ("chi.max=2", "parameters.chi: reaches from 1e-08 to 2; allowed: within [1e-25, 1)"),
        ("gamma.min=-0.5", "parameters.gamma: reaches from -0.5 to 1.6; allowed: within [0, 1.66]"),
        ("g={prior: uniform, min: -1, max: 1}", "parameters.g: reaches from -1 to 1; allowed: within [1e-25, 12.5664]"),
        ("f_ps={prior: normal, mean: 0.967, sigma: 0.022}", "parameters.f_ps: reaches from 0.87"),
    ],
)
def test_what_is_out_of_the_range_of_a_parameter_is_refused(override, words, default):
    assert words in message(default, f"parameters.{override}")


def test_a_range_is_of_the_profile(default):
    assert "within [2, 50]" in message(default, "galaxy.profile=burkert", "parameters.r_s_kpc.fixed=1")
    assert (
        load(default, ("galaxy.profile=burkert", "parameters.gamma.fixed=1", "parameters.r_s_kpc.fixed=2")).fixed[
            "r_s_kpc"
        ]
        == 2.0
    )


@pytest.mark.parametrize(
    "entry",
    [
        "chi={prior: uniform, min: 0.0, max: 1.0}",  # the ends of an open range have no weight
        "f_ps={prior: uniform, min: 0.0, max: 1.0}",
        "r_s_kpc={prior: log_uniform, min: 5.0, max: 50.0}",  # ends of the tables
        "rho_sun_gev_cm3={prior: log_normal, median: 0.3, sigma_dex: 0.5}",  # a tail towards 0
        "baryon_scale={prior: normal, mean: 1.0, sigma: 0.1}",  # 10 sigma above 0
    ],
)
def test_a_prior_may_reach_to_the_ends_of_a_range(entry, default):
    assert load(default, (f"parameters.{entry}",)).priors


@pytest.mark.parametrize(
    "overrides, sentence",
    [
        (("lambda={prior: uniform, min: 6, max: 9}",), "lambda >= sqrt2 g: no two-vev vacuum"),
        (("lambda.fixed=1", "g.fixed=0.5"), "lambda >= sqrt2 g: no two-vev vacuum"),
        (("m_soft_tev={prior: uniform, min: 2.0e+6, max: 3.0e+6}",), "m_soft >= Lambda_UV"),
        (("chi={prior: log_uniform, min: 1.0e-20, max: 1.0e-19}",), "m_dm <= m_e"),
    ],
)
def test_priors_in_which_no_point_is_valid_are_refused(overrides, sentence, default):
    line = message(default, *(f"parameters.{override}" for override in overrides))
    assert "parameters: no point is valid with g " in line
    assert sentence in line
    assert line.endswith("allowed: priors that hold a valid point")


def test_fixed_parameters_that_make_no_valid_point_are_refused(config_file):
    line = message(config_file("vector_portal"), "parameters.m_dm_mev.fixed=0.4")
    assert "m_dm_mev 0.4" in line
    assert "m_dm <= m_e: annihilation into e+e- is closed" in line


def test_a_thin_valid_corner_is_found(default):
    # lambda < sqrt2 g in a corner of 1e-6 of the prior
    top = 3.5 * np.sqrt(2.0)
    narrow = (f"parameters.lambda={{prior: uniform, min: {top * (1 - 2e-3)}, max: {2 * top}}}",)
    assert load(default, (*narrow, "parameters.g={prior: uniform, min: 3.4, max: 3.5}")).priors


@pytest.mark.parametrize("name", ["g", "chi", "lambda", "m_soft_tev"])
def test_priors_over_the_whole_range_warn_of_nothing(name, default):
    (within,) = (parameter.range for parameter in load(default).parameters if parameter.name == name)
    entry = f"{{prior: log_uniform, min: {within.low}, max: {within.high}}}"
    assert load(default, (f"parameters.{name}={entry}",)).priors


def test_points_of_a_file_are_not_judged_by_the_priors(default):
    columns = frozenset({"lambda"})
    assert load(default, ("parameters.lambda={prior: uniform, min: 6, max: 9}",), columns).priors


def test_every_shipped_default_of_a_nuisance_is_filled_in(default, tmp_path):
    raw = yaml.safe_load(default.read_text())
    for name in ("gamma", "rho_sun_gev_cm3", "f_ps", "r_s_kpc", "r_sun_kpc"):
        del raw["parameters"][name]
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(raw))
    fixed = load(path).fixed
    assert (fixed["f_ps"], fixed["gamma"], fixed["rho_sun_gev_cm3"], fixed["r_sun_kpc"]) == (0.967, 1.0, 0.4, 8.2)


@pytest.mark.parametrize(
    "override, words",
    [
        ("f_ps.fixed=1.0000000001", "parameters.f_ps.fixed: 1.0000000001; allowed: within [0, 1]"),
        ("f_ps.max=1.0000000001", "parameters.f_ps: reaches from 0 to 1.0000000001; allowed: within [0, 1]"),
    ],
)
def test_a_value_just_out_of_its_range_is_shown_with_all_digits(override, words, default):
    assert words in message(default, f"parameters.{override}")


@pytest.mark.parametrize("median, sigma_dex", [("1", "400"), ("1", "1e300"), ("1e-3", "200")])
def test_a_prior_whose_tail_is_no_number_is_refused(median, sigma_dex, default):
    entry = f"{{prior: log_normal, median: {median}, sigma_dex: {sigma_dex}}}"
    assert "reaches from 0 to inf; allowed: within [1e-25" in message(default, f"parameters.g={entry}")
