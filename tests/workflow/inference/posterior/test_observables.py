"""The table of observables: each entry once, each computed by any prediction that claims it, nothing filled in."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from reference.runs import LINE_CONFIGS, SHIPPED_CONFIGS

from likelihoods.data.measurements import measurements
from workflow.inference.posterior import observables
from workflow.inference.posterior.evaluation import derived
from workflow.inference.posterior.observables import COLUMNS, FLAGS, OBSERVABLES, measured_by, predicted


@pytest.fixture
def prediction(posterior_of, rng):
    """Valid points of the default run."""
    posterior = posterior_of("hooper_zurek_2008_paper")
    found = posterior.model.predict(posterior.sample_prior_values(60, rng), posterior.surroundings)
    return found.select(found.valid)


def test_every_column_is_described_once():
    assert len(COLUMNS) == len(OBSERVABLES) + len(FLAGS)
    assert all(column.unit and column.label and column.meaning for column in COLUMNS.values())


def test_an_attribute_is_measured_by_one_observable_at_most():
    measured = [observable.measures for observable in OBSERVABLES if observable.measures]
    assert len(measured) == len(set(measured))


@pytest.mark.parametrize("datum", measurements().values(), ids=measurements())
def test_every_datum_measures_an_observable_in_its_unit(datum):
    def plain(unit):  # "ph cm^-2 s^-1" and "ph/cm^2/s" are the same
        powers = {}
        for position, part in enumerate(unit.replace(" ", "*").split("/")):
            for factor in part.split("*"):
                base, _, power = factor.partition("^")
                powers[base] = powers.get(base, 0) + int(power or 1) * (-1 if position else 1)
        return {base: power for base, power in powers.items() if base not in ("1", "e+")}

    assert plain(measured_by(datum.observable).unit) == plain(datum.unit)


def test_the_value_of_a_measured_observable_is_the_attribute_that_data_name(prediction):
    for observable in OBSERVABLES:
        if observable.measures:
            assert_array_equal(observable.of(prediction), getattr(prediction, observable.measures), observable.name)


def test_what_no_observable_is_measured_as_is_an_error():
    with pytest.raises(ValueError, match=r"no observable is measured as 'colour'; allowed: .*t_kd_mev"):
        measured_by("colour")


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_a_prediction_has_its_parts_of_the_table_and_nothing_else(name, posterior_of, rng):
    posterior = posterior_of(name)
    found = posterior.model.predict(posterior.sample_prior_values(30, rng), posterior.surroundings)
    columns = derived(found)
    absent = set(COLUMNS) - set(columns)
    without = {c.name for c in COLUMNS.values() if c.table and getattr(posterior.surroundings, c.table) is None}
    line = {c.name for c in COLUMNS.values() if c.part != "line"} if name in LINE_CONFIGS else set()
    mixed = {"soft_masses", "lsp_decay"}  # by supersymmetric kinetic mixing
    lacking = {"hypercharge": mixed, "vector": {"radiative_breaking", *mixed}}.get(name.split("_")[0], set())
    assert absent == line | without | {c.name for c in COLUMNS.values() if c.part in lacking}


@pytest.mark.parametrize(
    "charges, kind, lacking",
    [
        ("kinetic_mixing", "neutralino", set()),
        ("universal", "slepton", {"soft_masses"}),
        ("universal", "neutralino", {"soft_masses", "lsp_decay"}),
        ("hypercharge", "slepton", {"soft_masses", "lsp_decay"}),
    ],
)
def test_what_has_no_meaning_with_the_charges_does_not_exist(charges, kind, lacking, posterior_of, rng):
    posterior = posterior_of("hooper_zurek_2008", f"model.charges={charges}", f"model.lsp.kind={kind}")
    found = posterior.model.predict(posterior.sample_prior_values(5, rng), posterior.surroundings)
    assert {c.part for c in COLUMNS.values()} - {c.part for c in predicted(found)} == lacking


def test_a_column_that_cannot_be_computed_is_an_error_and_not_a_gap(monkeypatch, prediction):
    broken = dataclasses.replace(COLUMNS["n_eff"], name="broken", of=lambda p: p.not_there)
    monkeypatch.setitem(observables.COLUMNS, "broken", broken)
    with pytest.raises(AttributeError, match="not_there"):
        derived(prediction)


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_column_that_is_not_one_number_per_point_is_an_error(everywhere, monkeypatch, prediction):
    broken = dataclasses.replace(
        COLUMNS["n_eff"], name="broken", of=lambda p: p.spectrum.m_dm[0], everywhere=everywhere
    )
    monkeypatch.setitem(observables.COLUMNS, "broken", broken)
    with pytest.raises(ValueError, match=r"column broken has shape \(\); allowed: \(\d+,\), a number per point"):
        derived(prediction, ["broken"])


def test_a_column_that_is_not_declared_is_an_error(prediction):
    with pytest.raises(ValueError, match="the prediction has no column brightness"):
        derived(prediction, ["omega_h2", "brightness"])


def test_a_new_entry_is_a_column_everywhere(monkeypatch, prediction):
    entry = dataclasses.replace(COLUMNS["n_eff"], name="mass_in_kev", of=lambda p: 1e3 * p.spectrum.m_dm)
    monkeypatch.setitem(observables.COLUMNS, "mass_in_kev", entry)
    assert entry in predicted(prediction)
    assert_array_equal(derived(prediction)["mass_in_kev"], 1e3 * prediction.spectrum.m_dm)


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag.accounted_by], ids=lambda flag: flag.name)
def test_a_flag_names_the_option_that_accounts_for_it(flag, posterior_of):
    assert not flag.accounted(posterior_of("hooper_zurek_2008_paper", "cosmology.initial_abundance=zero"))
    assert flag.accounted(posterior_of("hooper_zurek_2008_paper", flag.accounted_by))


def test_a_flag_without_an_option_is_never_accounted_for(posterior_of):
    flag = dataclasses.replace(FLAGS[0], accounted_by="", is_accounted=None)
    assert not flag.accounted(posterior_of("hooper_zurek_modern"))


def test_flags_are_of_the_points_where_they_say(prediction):
    for flag in FLAGS:
        values = flag.of(prediction)
        assert values.dtype == np.bool_
        assert values.shape == prediction.reason.shape
