"""The table of observables: each entry once, each computed by any prediction that claims it, nothing filled in."""

import dataclasses
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.runs import LINE_CONFIGS, SHIPPED_CONFIGS

from likelihoods.data.measurements import measurements
from model.physics.galaxy.shells import JFactors
from model.physics.quantities import Widths
from workflow.inference.posterior import observables
from workflow.inference.posterior.evaluation import derived
from workflow.inference.posterior.observables import ANNULI, COLUMNS, FLAGS, OBSERVABLES, measured_by, predicted


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


# Values of the columns by other formulas than those of the table


def of(name, prediction):
    return COLUMNS[name].of(prediction)


def test_ratios_of_masses_and_couplings_are_those_of_their_columns(prediction):
    assert_allclose(of("mass_ratio", prediction) * of("m_dm_mev", prediction), of("m_u_mev", prediction), rtol=1e-14)
    left, right, dark = (of(name, prediction) for name in ("g_e_l", "g_e_r", "g_dm"))
    electron = np.sqrt((left**2 + right**2) / 2.0)
    assert_allclose(of("coupling_hierarchy", prediction), dark / electron, rtol=1e-13)
    ten_mev = dark * electron * 100.0 / of("m_u_mev", prediction) ** 2
    assert_allclose(of("coupling_product_window", prediction), ten_mev, rtol=1e-13)


def test_branching_ratios_are_parts_of_one_whole(prediction):
    finals = ("ee", "mumu", "tautau", "neutrinos", "hadrons", "invisible")
    branching = {final: of(f"br_u_{final}", prediction) for final in finals}
    assert_allclose(sum(branching.values()), 1.0, rtol=1e-14)
    assert np.all([(ratio >= 0.0) & (ratio <= 1.0) for ratio in branching.values()])


@pytest.mark.parametrize("final", ["electrons", "muons", "taus", "neutrinos", "hadrons", "dark_matter"])
def test_a_u_that_has_one_decay_has_one_branching_ratio(final):
    """A width of its own for each final state, so that no column can read that of another."""
    names = {"electrons": "ee", "muons": "mumu", "taus": "tautau", "dark_matter": "invisible"}
    finals = [field.name for field in dataclasses.fields(Widths)]
    widths = Widths(**{each: np.array([2.0 if each == final else 0.0]) for each in finals})
    found = SimpleNamespace(widths=widths)
    assert of("width_u_mev", found) == 2.0
    for each in finals:
        assert of(f"br_u_{names.get(each, each)}", found) == (1.0 if each == final else 0.0), each


def test_cross_sections_are_in_cubic_centimetres_per_second(prediction):
    """1 MeV^-2 of sigma v is (hbar c)^2 c = (1.97327e-11 cm)^2 2.99792e10 cm/s."""
    unit = 1.973269804e-11**2 * 2.99792458e10
    assert_allclose(of("sigma_v_s_cm3_s", prediction), unit * prediction.cross_section.s_wave, rtol=1e-8)
    assert_allclose(of("sigma_v_p_cm3_s", prediction), unit * prediction.cross_section.p_wave, rtol=1e-8)


def test_the_average_in_the_bulge_is_the_series_in_the_speed_with_its_factors_j(prediction):
    constant, quadratic = (of(f"sigma_v_{wave}_cm3_s", prediction) for wave in "sp")
    j_s, j_p = (of(f"j_{wave}_gev2_cm5", prediction) for wave in "sp")
    expected = constant + quadratic * j_p / j_s
    assert_allclose(of("sigma_v_bulge_cm3_s", prediction), expected, rtol=1e-12)


def test_factors_j_are_each_their_own():
    found = SimpleNamespace(j_factors=JFactors(*(np.array([value]) for value in (2.0, 3.0, 5.0))))
    columns = [of(f"j_{name}", found)[0] for name in ("s_gev2_cm5", "p_gev2_cm5", "decay_gev_cm2")]
    assert columns == [getattr(found.j_factors, name)[0] for name in ("s_wave", "p_wave", "decay")]
    assert len(set(columns)) == 3


def test_the_error_of_the_abundance_is_its_parts_in_quadrature(prediction):
    parts = [of(name, prediction) for name in COLUMNS if name.startswith("omega_h2_error_")]
    parts.append(of("omega_h2_relative_error", prediction))
    parts.append(np.full_like(parts[0], 0.002))  # the bath of the Standard Model, the same at all points: no column
    assert_allclose(of("omega_h2_theory_error", prediction), np.sqrt(np.sum(np.square(parts), axis=0)), rtol=1e-12)


def test_an_effect_that_a_run_takes_into_account_is_no_error(posterior_of, rng):
    options = "cosmology.u_pair_annihilation=true", "cosmology.thermal_bath=with_dark_sector"
    posterior = posterior_of("hooper_zurek_2008_paper", *options)
    found = posterior.model.predict(posterior.sample_prior_values(20, rng), posterior.surroundings)
    found = found.select(found.valid)
    for name in ("u_pair_annihilation", "thermal_bath"):
        assert_array_equal(of(f"omega_h2_error_{name}", found), np.zeros(len(found.reason)))
        assert name not in found.abundance_errors


class Currents:
    """A stand-in of the mixing with Z whose couplings are 10 Q + T3 of U, and 1000 Q + 100 T3 of the shift of Z."""

    def coupling_u(self, charge, isospin):
        return np.array([10.0 * charge + isospin])

    def shift_z(self, charge, isospin):
        return np.array([1000.0 * charge + 100.0 * isospin])


@pytest.mark.parametrize(
    "name, expected",
    [
        ("g_v_e_mixing", -10.0 - 0.25),  # half of left and right: (Q + T3) and Q
        ("g_a_e_mixing", 0.25),  # half of right less left
        ("g_nu_mixing", 0.5),
        ("delta_g_z_e_l", -1000.0 - 50.0),
        ("delta_g_z_e_r", -1000.0),
        ("delta_g_z_nu", 50.0),
    ],
)
def test_couplings_by_mixing_are_those_of_the_charge_and_isospin_of_the_fermion(name, expected):
    assert_allclose(of(name, SimpleNamespace(z_mixing=Currents())), expected, rtol=1e-14)


def test_a_light_dark_photon_couples_to_charge_and_hardly_to_isospin(prediction):
    """To first order in the mixing g_V = -epsilon e, and g_A and g_nu carry another (m_U/m_Z)^2."""
    epsilon, m_u = of("epsilon", prediction), of("m_u_mev", prediction)
    charge = np.sqrt(4.0 * np.pi / 137.035999)
    light = (m_u < 1e3) & (epsilon < 0.1)
    assert light.any()
    vector, axial, neutrino = (of(f"g_{name}_mixing", prediction)[light] for name in ("v_e", "a_e", "nu"))
    assert_allclose(np.abs(vector), (charge * epsilon)[light], rtol=0.01)
    # half of the isospin current e / cos(theta_W)^2 times l = (m_U/m_Z)^2, of a chi = epsilon / cos(theta_W)
    small = 0.25 * (charge * epsilon * (m_u / 91187.6) ** 2)[light] / (1.0 - 0.2312)
    assert_allclose(np.abs(axial), small, rtol=0.01)
    assert_allclose(neutrino, 2.0 * axial, rtol=1e-12)


def test_the_supernova_traps_above_a_depth_of_three():
    found = SimpleNamespace(sn1987a_optical_depth=np.array([0.0, 2.999, 3.001, 1e6]))
    assert of("sn1987a_trapped", found).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_the_d_term_stands_over_the_radiative_mass_squared(posterior_of, rng):
    posterior = posterior_of("hooper_zurek_2008")
    found = posterior.model.predict(posterior.sample_prior_values(40, rng), posterior.surroundings)
    found = found.select(found.valid)
    ratio = of("m_d_term_mev", found) / of("m_rad_mev", found)
    assert_allclose(of("d_term_over_radiative", found), ratio**2, rtol=1e-13)


def lsp(width_gev):
    return SimpleNamespace(lsp_width_gev=np.asarray(width_gev))


def test_lifetime_and_length_of_the_lsp_are_its_width_in_other_units():
    """hbar = 6.582e-25 GeV s and hbar c = 1.97327e-16 GeV m."""
    width = np.array([1e-20, 1e-12, 1e-3])
    assert_allclose(of("lsp_lifetime_s", lsp(width)), 6.582119569e-25 / width, rtol=1e-8)
    assert_allclose(of("lsp_ctau_m", lsp(width)), 1.973269804e-16 / width, rtol=1e-8)


def test_the_class_of_the_lsp_follows_its_length_and_its_lifetime():
    # 10 micrometres; 1 mm; 20 m; 1 s, which is 3e8 m
    lengths = np.array([1e-5, 1e-3, 20.0, 2.99792458e8])
    assert of("lsp_class", lsp(1.973269804e-16 / lengths)).tolist() == [0.0, 1.0, 2.0, 3.0]
    names, ends = zip(*COLUMNS["lsp_ctau_m"].classes, strict=True)
    assert ends == (1e-4, 10.0, np.inf)
    assert names[np.searchsorted(ends, lengths[0])] == "prompt"
    assert names[np.searchsorted(ends, lengths[1])] == "displaced"
    assert COLUMNS["u_flight_m"].classes == COLUMNS["lsp_ctau_m"].classes


def test_each_annulus_reads_its_own_region():
    found = SimpleNamespace(annuli_511kev=np.array([[1.0, 2.0, 3.0, 4.0]]))
    assert [of(column.name, found)[0] for column in ANNULI] == [1.0, 2.0, 3.0, 4.0]
    edges = [column.name.removeprefix("annulus_511_").split("_")[:2] for column in ANNULI]
    assert all(outer == inner for (_, outer), (inner, _) in itertools.pairwise(edges))
    assert [float(inner) < float(outer) for inner, outer in edges] == [True] * 4


# Descriptions that figures, tables and the report rely on


WORDS_OF_UNITS = {  # how a name of a column ends that states its unit
    "_mev": "MeV",
    "_gev": "GeV",
    "_deg": "deg",
    "_m": "m",
    "_msun": "Msun",
    "_cm2": "cm^2",
    "_cm2_g": "cm^2/g",
    "_cm3_s": "cm^3/s",
    "_cm3_s_gev": "cm^3/s/GeV",
    "_km_s": "km/s",
    "_ph_cm2_s": "ph/cm^2/s",
    "_gev2_cm5": "GeV^2/cm^5",
    "_gev_cm2": "GeV/cm^2",
}


def test_the_end_of_a_name_is_the_unit_of_its_column():
    for column in OBSERVABLES:
        ends = [end for end in WORDS_OF_UNITS if column.name.endswith(end)]
        if ends:
            assert column.unit == WORDS_OF_UNITS[max(ends, key=len)], column.name
        elif not column.name.endswith("_s"):
            assert column.unit == "1", column.name


def test_no_two_columns_have_the_same_symbol_or_meaning():
    for words in ([c.label for c in COLUMNS.values()], [c.meaning for c in COLUMNS.values()]):
        assert len(words) == len(set(words))


def test_quantities_on_a_logarithmic_axis_are_positive(prediction):
    columns = derived(prediction)
    for observable in OBSERVABLES:
        if observable.scale == "log" and observable.name in columns:
            values = columns[observable.name]
            assert np.all((values >= 0.0) | np.isnan(values)), observable.name
    # what can be of either sign cannot have one
    for name in ("delta_g_z_e_l", "weak_charge_shift", "g_e_l"):
        assert COLUMNS[name].scale == "linear"


def test_ranges_of_the_paper_and_classes_are_in_growing_order():
    ranged = {column.name: column.paper_range for column in OBSERVABLES if column.paper_range}
    assert {name: (r.lower, r.upper) for name, r in ranged.items()} == {
        "coupling_product_window": (1e-7, 1e-5),
        "coupling_hierarchy": (1.0, np.inf),
    }
    for column in OBSERVABLES:
        ends = [end for _, end in column.classes]
        assert ends == sorted(set(ends))
        assert not ends or ends[-1] == np.inf


def test_what_is_watched_or_drawn_is_kept():
    assert {column.name for column in OBSERVABLES if column.monitored} == {"m_dm_mev", "m_u_mev"}
    for column in OBSERVABLES:
        if column.monitored or column.drawn or column.overlaid or column.paper_range or column.classes:
            assert column.kept, column.name


# Flags at both sides of their thresholds


def light(m_dm, m_u, dark_matter, u):
    """One point by the masses [MeV] and the fractions of equilibrium that the two particles reach."""
    masses = SimpleNamespace(m_dm=np.array([m_dm]), m_u=np.array([m_u]))
    reached = SimpleNamespace(dark_matter=np.array([dark_matter]), u=np.array([u]))
    return SimpleNamespace(spectrum=masses, thermalisation=reached)


@pytest.mark.parametrize(
    "point, heats",
    [
        (light(19.9, 50.0, 0.51, 0.0), True),
        (light(19.9, 50.0, 0.49, 1.0), False),  # a heavy U does not matter, whatever it reaches
        (light(20.1, 50.0, 1.0, 1.0), False),
        (light(50.0, 19.9, 1.0, 0.51), True),
        (light(50.0, 19.9, 1.0, 0.49), False),
        (light(1.0, 1.0, 0.0, 0.0), False),
        (light(1.0, 1.0, 1.0, 1.0), True),
    ],
)
def test_light_particles_in_equilibrium_heat_the_bath(point, heats):
    assert COLUMNS["heats_the_bath"].of(point).tolist() == [heats]


def test_a_self_interaction_of_more_than_clusters_allow_is_flagged():
    found = SimpleNamespace(self_interaction=np.array([0.0, 0.999, 1.001, 1e3]))
    assert of("self_interaction_above_1_cm2_g", found).tolist() == [False, False, True, True]


def test_a_landau_pole_is_flagged_below_the_scale_that_it_spoils():
    mssm = SimpleNamespace(lambda_uv_gev=1e6, sfermion_gev=lambda values: values["m_soft_gev"])
    pole = np.array([1e2, 1e4, 1e8])
    found = SimpleNamespace(landau_pole_gev=pole, mssm=mssm, values={"m_soft_gev": np.full(3, 1e3)})
    assert of("landau_pole_below_lambda_uv", found).tolist() == [True, True, False]
    assert of("landau_pole_below_m_soft", found).tolist() == [True, False, False]


def test_the_pair_channel_is_flagged_by_masses_and_coupling(prediction):
    """docs/physics/cross_sections.md 4: m_U/m_X below 1.8 at g = 1, 1.6 at 0.3 and 1.5 at 0.1."""
    ratio, coupling = of("mass_ratio", prediction), np.abs(of("g_dm", prediction))
    matters = of("xx_to_uu_matters", prediction)
    assert not matters[ratio > 1.8].any()
    assert matters[ratio < 1.5].all()
    between = (ratio > 1.5) & (ratio < 1.8) & (coupling > 0.1) & (coupling < 1.0)
    limit = np.interp(np.log(coupling), np.log([0.1, 0.3, 1.0]), [1.5, 1.6, 1.8])
    assert_array_equal(matters[between], (ratio < limit)[between])


def test_early_kinetic_decoupling_and_a_start_that_matters_are_flagged_as_the_prediction_says(prediction):
    assert_array_equal(of("initial_abundance_matters", prediction), prediction.initial_abundance_matters)
    early = of("kinetic_decoupling_before_freeze_out", prediction)
    # freeze-out is at m / 20 within a factor of 1.6, so that far from it there is no doubt
    ratio = of("t_kd_mev", prediction) / of("m_dm_mev", prediction)
    assert early[ratio > 1.0 / 12.0].all()
    assert not early[ratio < 1.0 / 40.0].any()
    assert early.any() or np.all(ratio < 1.0 / 12.0)


def test_masses_and_couplings_exist_at_points_without_positrons_and_nothing_else_does(posterior_of, rng):
    """Dark matter lighter than the electron has a spectrum, and no other column."""
    posterior = posterior_of("vector_portal")
    values = posterior.sample_prior_values(3, rng) | {"m_dm_mev": np.array([0.1, 3.0, 0.3])}
    columns = derived(posterior.model.predict(values, posterior.surroundings))
    there = {name for name, column in columns.items() if np.isfinite(column[[0, 2]]).all()}
    spectrum = {"m_dm_mev", "m_u_mev", "mass_ratio", "g_dm", "g_e_l", "g_e_r", "epsilon"}
    assert there == spectrum
    absent = {"m_rad_mev", "m_scalar_mev"}  # of models with radiative breaking
    assert {column.name for column in OBSERVABLES if column.everywhere} == spectrum | absent
    assert all(np.isnan(columns[name][[0, 2]]).all() for name in set(columns) - there)
