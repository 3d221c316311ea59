import numpy as np
import pytest
from numpy.testing import assert_array_equal

from workflow.inference.posterior.columns import chosen, descriptions, needed_tables, needed_terms
from workflow.inference.posterior.evaluation import evaluate
from workflow.inference.posterior.observables import COLUMNS

TERMS = ("flux_511kev", "relic_abundance", "electron_g2", "kinetic_mixing")


@pytest.fixture
def posterior(posterior_of):
    return posterior_of("hooper_zurek_2008_paper")


@pytest.mark.parametrize(
    "patterns, expected",
    [
        (["omega_h2", "g"], ()),
        (["loglike_electron_g2"], ("electron_g2",)),
        (["loglike_kinetic_mixing.e137"], ("kinetic_mixing",)),
        (["loglike_*.e137"], TERMS),
        (["loglike_[ef]*"], TERMS),
        (["loglike_e*"], ("electron_g2",)),
        (["omega_h2", "log_posterior"], TERMS),
        (["log_p*"], TERMS),
        (["log_prior"], ()),
        (["*"], TERMS),
        (["standard"], TERMS),
    ],
)
def test_likelihoods_that_columns_need(patterns, expected):
    assert needed_terms(patterns, TERMS) == expected


def test_tables_that_columns_need():
    assert needed_tables(["omega_h2", "standard"]) == set()
    assert needed_tables(["annulus_511_*"]) == {"annuli"}
    assert needed_tables(["fwhm_511_deg", "m_dm_mev"]) == {"extent"}
    assert needed_tables(["*"]) == {"annuli", "extent"}


def test_columns_follow_the_request_and_appear_once(posterior):
    names = (*posterior.priors, *posterior.fixed)
    asked = ["omega_h2", "m_[du]*_mev", "valid", "m_dm_mev", "g"]
    assert chosen(asked, posterior, names)[:3] == ("omega_h2", "m_dm_mev", "m_u_mev")
    assert chosen(asked, posterior, names)[-2:] == ("valid", "g")
    assert chosen(["loglike_kinetic_mixing"], posterior, names) == ("loglike_kinetic_mixing",)
    assert chosen(["*"], posterior, names)[-3:] == ("log_posterior", "valid", "reason")


def test_the_standard_columns_are_those_of_a_posterior(posterior):
    names = chosen(["standard"], posterior, (*posterior.priors, *posterior.fixed))
    assert set(posterior.priors) < set(names)
    assert not set(posterior.fixed) & set(names)
    assert {"omega_h2", "heats_the_bath", "log_posterior", "reason", *(f"loglike_{t}" for t in TERMS)} < set(names)
    assert "helium_y_p" not in names
    assert "loglike_kinetic_mixing.w_mass" not in names


@pytest.mark.parametrize("pattern", ["brightness", "loglike_cmb", "annulus_511_*"])
def test_a_pattern_that_fits_nothing_is_an_error(posterior, pattern):
    with pytest.raises(ValueError, match="is no column of the run; allowed: standard, g, "):
        chosen(["omega_h2", pattern], posterior, (*posterior.priors, *posterior.fixed))


def test_columns_alone_are_the_numbers_of_the_whole_evaluation(posterior, rng):
    values = posterior.sample_prior_values(40, rng)
    whole = evaluate(posterior, values)
    for name in ("g", "omega_h2", "loglike_kinetic_mixing.w_mass", "loglike_electron_g2", "log_prior", "log_posterior"):
        alone = evaluate(posterior, values, [name, "valid"])
        assert list(alone.columns) == [name]
        assert_array_equal(alone.columns[name], whole.columns[name], err_msg=name)
        assert_array_equal(alone.valid, whole.valid)


def test_what_is_not_asked_for_is_not_computed(posterior, rng, monkeypatch):
    def refuse(*_):
        raise AssertionError("computed")

    relic = type(posterior.likelihoods["relic_abundance"])
    monkeypatch.setattr(relic, "log_likelihood", refuse)
    values = posterior.sample_prior_values(10, rng)
    assert np.isfinite(evaluate(posterior, values, ["loglike_electron_g2"]).columns["loglike_electron_g2"]).any()
    with pytest.raises(AssertionError, match="computed"):
        evaluate(posterior, values, ["log_posterior"])


def test_descriptions_are_those_of_the_table():
    found = descriptions(())
    assert found["m_dm_mev"] == {"units": "MeV", "symbol": r"m_{\rm DM}", "long_name": "mass of the dark matter"}
    assert set(found) == set(COLUMNS)
