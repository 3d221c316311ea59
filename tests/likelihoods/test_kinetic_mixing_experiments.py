import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from likelihoods.data.kinetic_mixing_experiments import Counting, experiments
from likelihoods.kinetic_mixing import EXPERIMENTS, Likelihood
from model.physics.constants import E_CHARGE, ELECTRON_MASS
from model.physics.galaxy.halo import Galaxy
from model.physics.hidden_sector.charges import dark_photon as dark_photon_couplings
from model.physics.hidden_sector.charges import visible_couplings
from model.physics.searches.bremsstrahlung import k_factor
from model.vector_portal import Model
from tests.reference.nuisances import NUISANCES
from workflow.inference.atlas.mixing_plane import PosteriorPoints, mixing_plane_figure
from workflow.inference.atlas.published_edges import dark_photon, reproduction_rows
from workflow.inference.run.tables import dump_table, table_paths

EVERYTHING = Likelihood(include="all", era="modern", sn1987a_depth=4.0)


@pytest.fixture(scope="module")
def laboratory(surroundings, tables_folder):
    """Surroundings with the table of yields, physical threshold."""
    return replace(surroundings, dump_yields=dump_table(EVERYTHING.dump_settings, tables_folder))


@pytest.fixture(scope="module")
def predict(laboratory):
    """Prediction of the vector portal; arguments broadcast."""

    def at(m_u, epsilon, m_dm, g_dm, dark_matter="dirac", **other):
        model = Model(dark_matter=dark_matter, visible="chiral" if other else "epsilon")
        values = {"m_dm_mev": m_dm, "m_u_mev": m_u, "g_dm": g_dm, "epsilon": epsilon, **other, **NUISANCES}
        arrays = np.broadcast_arrays(*[np.atleast_1d(np.asarray(v, dtype=float)) for v in values.values()])
        return model.predict(dict(zip(values, arrays, strict=True)), laboratory)

    return at


def test_default_is_the_w_mass_alone():
    assert Likelihood().active == ("w_mass",)
    assert Likelihood().dump_settings is None
    assert [datum.observable for datum in Likelihood().data] == ["m_w_gev"]


def test_2008_keeps_what_existed():
    active = Likelihood(include="all", era=2008).active
    assert set(active) == {"e137", "e141", "e774", "kek", "orsay", "charm", "nu_cal", "w_mass", "z_invisible"}


def test_modern_has_every_experiment_and_each_can_be_switched_off():
    assert set(Likelihood(include="all", era="modern").active) == set(EXPERIMENTS)
    assert set(EXPERIMENTS) | {"sn1987a"} == set(experiments().years)
    assert "kek" not in Likelihood(include="all", exclude=("kek",)).active


def test_experiments_of_another_era_are_refused_by_name():
    with pytest.raises(ValueError, match="na64_visible is of 2019"):
        Likelihood(include=("na64_visible",), era=2008)
    with pytest.raises(ValueError, match="'kekk' is unknown; allowed: e137, e141"):
        Likelihood(include="all", exclude=("kekk",))
    with pytest.raises(ValueError, match="no experiment is left"):
        Likelihood(include=("kek",), exclude=("kek",))
    with pytest.raises(ValueError, match="sn1987a_depth"):
        Likelihood(sn1987a_depth=-1.0)


def test_every_experiment_has_source_confidence_and_tag():
    known = experiments()
    for group in (known.electron_dumps, known.proton_dumps, known.missing_energy, known.prompt, known.records):
        for name, entry in group.items():
            assert set(entry.tag) <= set("ADMVC"), name
            assert len(entry.source) > 5, name
            assert entry.confidence in (0.90, 0.95) or name == "sn1987a"


def test_missing_table_is_named(surroundings):
    model = Model(dark_matter="dirac")
    values = {"m_dm_mev": 10.0, "m_u_mev": 5.0, "g_dm": 0.1, "epsilon": 1e-6, **NUISANCES}
    prediction = model.predict({k: np.array([v]) for k, v in values.items()}, surroundings)
    with pytest.raises(ValueError, match="table of dump yields"):
        Likelihood(include=("e137",)).log_likelihood(prediction)


@pytest.mark.parametrize(
    "counting, events, expected",
    [
        (Counting("poisson", 0.0, 0.0), 3.0, -3.0),
        (Counting("poisson", 5.0, 3.5), 1.5, 0.0),
        (Counting("poisson", 5.0, 3.5), 0.0, 5 * np.log(0.7) + 1.5),
        (Counting("half_gaussian", sigma=9.0), 18.0, -2.0),
        (Counting("gaussian", excess=1126.0, sigma=1312.0), 1126.0, 0.0),
        (Counting("gaussian", excess=1126.0, sigma=1312.0), 3750.0, -2.0),
    ],
)
def test_statistics_are_those_of_the_experiments(counting, events, expected):
    assert_allclose(counting.log_likelihood(np.array([events])), expected, atol=1e-12)


def test_nu_cal_edge_is_the_flat_prior_limit():
    s = np.linspace(0.0, 60.0, 60_001)
    nu_cal = experiments().proton_dumps["nu_cal"]
    density = np.exp(nu_cal.counting.log_likelihood(s))
    assert_allclose(s[np.searchsorted(np.cumsum(density) / density.sum(), 0.95)], nu_cal.edge_events, atol=0.1)


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
@pytest.mark.parametrize("name", ["e137", "kek", "orsay", "nu_cal", "charm", "na64_visible"])
def test_small_mixing_falls_with_the_fourth_power(name, predict):
    epsilon = np.array([1e-10, 2e-10])
    terms = EVERYTHING.experiments(predict(10.0, epsilon, 50.0, 0.1))[name]
    fit = EVERYTHING.experiments(predict(10.0, 1e-14, 50.0, 0.1))[name]
    assert_allclose((terms[1] - fit[0]) / (terms[0] - fit[0]), 16.0, rtol=2e-3 if name != "nu_cal" else 0.05)


@pytest.mark.compiled
def test_beyond_the_upper_edge_the_dumps_fade_exponentially(predict):
    terms = EVERYTHING.experiments(predict(20.0, np.array([5e-5, 7e-5, 1e-4]), 50.0, 0.1))["e137"]
    assert -1e-3 < terms[0] < terms[1] <= terms[2] <= 0.0
    assert terms[1] > terms[0] * 1e-6


@pytest.mark.compiled
@pytest.mark.parametrize("epsilon", [1e-6, 1e-4, 2e-3])
def test_opening_the_invisible_channel_is_continuous(predict, epsilon):
    # beta ~ sqrt(1 - 2 m_DM/m_U) has infinite slope at threshold: logarithmic steps away from it, and a coupling to
    # dark matter at which the channel takes over within what doubles resolve
    m_dm = 5.0 * (1.0 - np.geomspace(1e-15, 1e-2, 20_001))
    opened = EVERYTHING.experiments(predict(10.0, epsilon, m_dm, epsilon))
    closed = EVERYTHING.experiments(predict(10.0, epsilon, np.array([5.0]), epsilon))
    for name, term in opened.items():
        bounded = np.maximum(term, -50.0)
        assert np.abs(np.diff(bounded)).max() < 0.1, name
        assert_allclose(np.maximum(closed[name], -50.0), bounded[0], rtol=1e-3, atol=0.05, err_msg=name)


@pytest.mark.compiled
def test_visible_searches_die_and_invisible_ones_live_where_u_decays_to_dark_matter(predict):
    visible = EVERYTHING.experiments(predict(10.0, 1e-5, 50.0, 1.0))
    invisible = EVERYTHING.experiments(predict(10.0, 1e-4, 3.0, 1.0))
    assert visible["e137"][0] < -100.0
    assert visible["na64_invisible"][0] == 0.0
    assert_allclose(invisible["e137"], 0.0, atol=1e-6)
    assert invisible["na64_invisible"][0] < -10.0


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
def test_chiral_couplings_enter_production_by_their_squares(predict):
    coupling = 1e-6 * np.sqrt(4 * np.pi / 137.035999177)
    vector = EVERYTHING.experiments(predict(20.0, 1e-6, 50.0, 0.1))["e137"]
    left = predict(20.0, 1.0, 50.0, 0.1, g_l=np.sqrt(2.0) * coupling, g_r=0.0)
    # the same sum of squares, and for m_U >> m_e the same width
    assert_allclose(EVERYTHING.experiments(left)["e137"], vector, rtol=5e-3)
    assert_allclose(EVERYTHING.experiments(left)["charm"], 0.0)  # hadrons do not couple


@pytest.mark.compiled
def test_quarks_of_every_assignment_of_charges_count(predict):
    # one charge for all fermions: the proton has 3 of it, pi0 too (charges of the anomaly), hadronic decays none
    point = predict(20.0, 1e-6, 50.0, 0.1)
    universal = visible_couplings("universal", np.array([1e-6]), np.array([1.0]), np.array([0.1]))
    electric = dark_photon_couplings(np.array([0.1]), np.array([1e-6]) / E_CHARGE)
    found, reference = (
        EVERYTHING.signals(replace(point, couplings=c)).events(experiments().proton_dumps["charm"])
        for c in (universal, electric)
    )
    # the same lepton couplings, so the same width and decays; at 20 MeV nearly all U are from pi0
    assert_allclose(found / reference, 9.0, rtol=0.05)
    assert_allclose(
        EVERYTHING.experiments(replace(point, couplings=universal))["na48_2"],
        81.0 * EVERYTHING.experiments(replace(point, couplings=electric))["na48_2"],
        rtol=1e-9,
    )


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
    one, other = (table_paths(Galaxy(), tables_folder, s) for s in (settings, replace(settings, exact_tree=True)))
    assert one["dump_yields"] != other["dump_yields"]
    assert one["j_factors"] == other["j_factors"]
    assert "dump_yields" not in table_paths(Galaxy(), tables_folder)


@pytest.mark.compiled
def test_dark_photon_points_are_valid_and_have_their_case(laboratory):
    m_u, epsilon = np.array([10.0, 100.0]), np.array([1e-4, 1e-5])
    visible, invisible = (dark_photon(m_u, epsilon, case, laboratory) for case in ("visible", "invisible"))
    assert_array_equal(visible.widths.dark_matter, 0.0)
    assert (invisible.widths.dark_matter > 0.999 * invisible.widths.total).all()


@pytest.mark.compiled
@pytest.mark.slow
def test_reproduction_table_is_within_the_stated_accuracy(laboratory, tables_folder):
    lower = {"e774": 0.05, "e137": 0.10, "orsay": 0.10, "kek": 0.25, "e141": 0.25, "nu_cal": 0.10}
    lower["charm"] = 0.35  # another spectrum of pi0 off axis: a factor 4 in the yield
    rows = reproduction_rows(laboratory, tables_folder)
    assert {row.experiment for row in rows} >= set(EXPERIMENTS) - {"z_invisible"}
    for row in rows:
        assert row.lower_ratio is not None, row
        assert abs(row.lower_ratio - 1.0) < lower.get(row.experiment, 0.30), row
        if row.upper_ratio is not None:
            assert abs(row.upper_ratio - 1.0) < 0.10, row


@pytest.mark.compiled
@pytest.mark.slow
def test_plane_is_drawn_with_every_experiment(laboratory, tables_folder, rng):
    points = PosteriorPoints(rng.uniform(2, 9, 100), rng.uniform(1e-6, 1e-5, 100), rng.uniform(0, 1, 100))
    figure = mixing_plane_figure(laboratory, EVERYTHING, points, tables_folder)
    assert len(figure.axes) == 2
    assert len(figure.legends[0].get_texts()) == len(EXPERIMENTS) + 2
