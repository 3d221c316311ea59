from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.mixing_experiments import EVERYTHING, IMAGINED, write_experiments

from likelihoods.data import kinetic_mixing_experiments
from likelihoods.data.kinetic_mixing_experiments import Entry, Record
from likelihoods.kinetic_mixing import Likelihood
from likelihoods.mixing.experiments import KINDS, Counting, Tabulated, all_experiments, experiment_kind
from model.physics.constants import E_CHARGE
from model.physics.hidden_sector.charges import dark_photon as dark_photon_couplings
from model.physics.hidden_sector.charges import visible_couplings
from workflow.inference.posterior.evaluation import evaluate


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
    nu_cal = all_experiments()["nu_cal"]
    density = np.exp(nu_cal.counting.log_likelihood(s))
    assert_allclose(s[np.searchsorted(np.cumsum(density) / density.sum(), 0.95)], nu_cal.edge_events, atol=0.1)


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
def test_visible_searches_die_and_invisible_ones_live_where_u_decays_to_dark_matter(predict):
    visible = EVERYTHING.experiments(predict(10.0, 1e-5, 50.0, 1.0))
    invisible = EVERYTHING.experiments(predict(10.0, 1e-4, 3.0, 1.0))
    assert visible["e137"][0] < -100.0
    assert visible["na64_invisible"][0] == 0.0
    assert_allclose(invisible["e137"], 0.0, atol=1e-6)
    assert invisible["na64_invisible"][0] < -10.0


@pytest.mark.compiled
@pytest.mark.parametrize("name", ["lsnd", "e137_scattering", "miniboone"])
def test_scattering_goes_with_the_fourth_power_of_the_mixing_and_the_second_of_the_dark_coupling(name, predict):
    def events(epsilon, g_dm, m_dm=6.0):
        u = EVERYTHING.visible_boson(predict(20.0, epsilon, m_dm, g_dm))
        return all_experiments()[name].events(u)[0]

    reference = events(1e-5, 0.1)
    assert reference > 0.0
    # BR(invisible) is 1 to 1e-7 here
    assert_allclose(events(2e-5, 0.1), 16.0 * reference, rtol=1e-4)
    assert_allclose(events(1e-5, 0.3), 9.0 * reference, rtol=1e-4)
    assert events(1e-5, 0.1, m_dm=10.1) == 0.0  # U decays visibly


@pytest.mark.compiled
def test_scattering_fades_as_the_dark_coupling_does(predict):
    # where U decays visibly the events go with g^2 twice: once for the decay, once for the scattering
    lsnd, weak = all_experiments()["lsnd"], [1e-6, 2e-6]
    events = [lsnd.events(EVERYTHING.visible_boson(predict(20.0, 1e-3, 6.0, g)))[0] for g in weak]
    assert_allclose(events[1] / events[0], 16.0, rtol=1e-3)


@pytest.mark.compiled
@pytest.mark.parametrize("name, mass, epsilon", [("na62_invisible", 62.3, 4.44e-4), ("bes3_invisible", 2000.0, 5.7e-3)])
def test_invisible_resonances_have_their_published_limit(name, mass, epsilon, predict):
    search = all_experiments()[name]
    u = EVERYTHING.visible_boson(predict(mass, epsilon, mass / 3.0, 1.0))
    assert_allclose(search.log_likelihood(u), -0.5 * 1.645**2, rtol=1e-3)
    visible = EVERYTHING.visible_boson(predict(mass, epsilon, mass, 1.0))
    assert_allclose(search.log_likelihood(visible), 0.0, atol=1e-12)


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
    # one charge for all fermions: the proton has 3 of it, and pi0 too (charges of the anomaly)
    point = predict(20.0, 1e-6, 50.0, 0.1)
    universal = visible_couplings("universal", np.array([1e-6]), np.array([1.0]), np.array([0.1]))
    universal = replace(universal, g_nu=np.zeros(1))  # without the decays to neutrinos
    electric = dark_photon_couplings(np.array([0.1]), np.array([1e-6]) / E_CHARGE)
    found, reference = (
        all_experiments()["charm"].events(EVERYTHING.visible_boson(replace(point, couplings=c)))
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
def test_the_edge_of_a_gaussian_search_is_its_published_limit(predict):
    search = all_experiments()["a1"]
    (_, (mass, epsilon, _), _) = search.record.published.points
    u = EVERYTHING.visible_boson(predict(mass, epsilon, 10.0 * mass, 0.1))
    assert_allclose(search.signal_over_edge(u), 1.0, rtol=1e-6)
    assert_allclose(search.log_likelihood(u), -0.5 * 1.645**2, rtol=1e-6)


@pytest.mark.compiled
def test_the_edge_of_a_counting_experiment_is_its_number_of_events(predict):
    dump = all_experiments()["kek"]
    u = EVERYTHING.visible_boson(predict(10.0, np.geomspace(1e-7, 1e-5, 5), 50.0, 0.1))
    assert_allclose(dump.signal_over_edge(u), dump.events(u) / 3.0, rtol=1e-15)
    assert_array_equal(dump.log_likelihood(u), -dump.events(u))


@pytest.mark.compiled
@pytest.mark.parametrize("name", ["nu_cal", "charm"])
def test_muons_of_proton_dumps_count_as_their_efficiency_says(name, predict):
    experiment = all_experiments()[name]
    u = EVERYTHING.visible_boson(predict(400.0, 1e-7, 1e3, 0.1))
    deaf = replace(
        experiment,
        runs={
            reading: tuple(replace(run, muon_efficiency=0.0) for run in runs)
            for reading, runs in experiment.runs.items()
        },
    )
    (run,) = {(run.electron_efficiency, run.muon_efficiency) for run in experiment.runs[u.options.reading]}
    electrons, muons = run[0] * u.branching["electrons"], run[1] * u.branching["muons"]
    assert muons[0] > 0.1 * electrons[0] > 0.0
    assert_allclose(experiment.events(u) / deaf.events(u), (electrons + muons) / electrons, rtol=1e-12)


def test_the_invisible_width_of_the_z_has_its_published_limit_at_95_percent(predict):
    """Dirac dark matter much lighter than the Z: Gamma = g^2 M_Z / 12 pi with g = epsilon tan(theta_W) g_dm."""
    epsilon, g_dm = np.array([0.01, 0.05]), 0.9
    found = EVERYTHING.experiments(predict(30.0, epsilon, 50.0, g_dm))["z_invisible"]
    tangent = np.sqrt(0.2312 / (1.0 - 0.2312))
    width_mev = (epsilon * tangent * g_dm) ** 2 * 91187.6 / (12.0 * np.pi)
    assert_allclose(found, -0.5 * (1.96 * width_mev / 2.0) ** 2, rtol=2e-3)


@pytest.mark.compiled
def test_the_band_of_the_supernova_fades_as_u_decays_to_dark_matter(predict):
    """A U that decays to dark matter only carries its energy away unseen; half of the decays halve the band."""
    closed = EVERYTHING.visible_boson(predict(10.0, 1e-9, 50.0, 1e-9))
    opened = EVERYTHING.visible_boson(predict(10.0, 1e-9, 2.0, np.array([1e-11, 3e-10, 1e-6])))
    experiment = all_experiments()["sn1987a"]
    visible = opened.branching["electrons"]
    assert visible[0] > 0.9
    assert 0.1 < visible[1] < 0.9
    assert visible[2] < 1e-3
    assert experiment.log_likelihood(closed)[0] < -1.0
    assert_allclose(
        experiment.log_likelihood(opened), experiment.log_likelihood(closed) * visible, rtol=1e-3, atol=1e-3
    )


def test_every_kind_is_in_use():
    assert {experiment.record.kind for experiment in all_experiments().values()} == set(KINDS)


def test_only_dumps_missing_energy_and_scattering_are_tabulated():
    tabulated = {e.record.kind for e in all_experiments().values() if any(e.tabulated("physical"))}
    assert tabulated == {"electron_dump", "proton_dump", "missing_energy", "dark_matter_scattering"}


def test_runs_are_named_after_their_experiment():
    names = [run.name for run in all_experiments()["na64_visible"].tabulated("physical").electron_dumps]
    assert names == ["na64_visible_1", "na64_visible_2"]
    assert [run.name for run in all_experiments()["charm"].tabulated("published").proton_dumps] == ["charm"]


def test_readings_of_a_proton_dump_differ_in_what_its_entry_says():
    physical, published = (all_experiments()["charm"].tabulated(r).proton_dumps[0] for r in ("physical", "published"))
    changes = {"electron_efficiency": 1.0, "muon_efficiency": 1.0, "threshold_gev": 1.0, "form_factors": False}
    assert replace(physical, **changes) == published


@pytest.fixture
def use_experiments(monkeypatch, tmp_path):
    """Let the likelihood read a file with further entries."""

    def use(added, kept=("w_mass",)):
        file = write_experiments(tmp_path / "experiments.yaml", added, kept)
        monkeypatch.setattr(kinetic_mixing_experiments, "FILE", file)

    return use


def test_an_entry_of_a_known_kind_brings_its_experiment(use_experiments, predict):
    use_experiments({"imagined_search": IMAGINED["imagined_search"]})
    likelihood = Likelihood(include="all", era=2008)
    assert likelihood.active == ("w_mass", "imagined_search")
    terms = likelihood.experiments(predict(30.0, np.array([1e-4, 2e-3]), 300.0, 0.1))
    assert -1e-3 < terms["imagined_search"][0] <= 0.0
    assert_allclose(terms["imagined_search"][1], -0.5 * 1.645**2, rtol=1e-6)


def test_an_entry_brings_a_column_to_every_table(use_experiments, posterior_of):
    use_experiments({"imagined_search": IMAGINED["imagined_search"]})
    posterior = posterior_of("vector_portal", "likelihoods.kinetic_mixing.include=[w_mass, imagined_search]")
    columns = evaluate(posterior, posterior.sample_prior_values(20, np.random.default_rng(1))).columns
    both = columns["loglike_kinetic_mixing.w_mass"] + columns["loglike_kinetic_mixing.imagined_search"]
    assert_allclose(columns["loglike_kinetic_mixing"], both, rtol=1e-14)


def test_a_new_kind_is_one_class(use_experiments, predict, monkeypatch):
    monkeypatch.setattr("likelihoods.mixing.experiments.KINDS", dict(KINDS))

    @experiment_kind("ceiling")
    @dataclass(frozen=True)
    class Ceiling:
        record: Record
        epsilon: float
        case: str = "visible"

        @classmethod
        def of(cls, entry: Entry) -> Self:
            return cls(entry.record, **entry.fields)

        def tabulated(self, _):
            return Tabulated()

        def log_likelihood(self, u):
            return -u.electron_strength / self.epsilon**2

        def signal_over_edge(self, u):
            return u.electron_strength / self.epsilon**2

    common = ("group", "label", "colour", "year", "confidence", "source", "tag", "note")
    entry = {key: IMAGINED["imagined_search"][key] for key in common}
    use_experiments({"imagined_ceiling": {"kind": "ceiling", "epsilon": 1e-3, **entry}}, kept=())
    terms = Likelihood(include="all").experiments(predict(30.0, 1e-3, 300.0, 0.1))
    assert list(terms) == ["imagined_ceiling"]
    assert_allclose(terms["imagined_ceiling"], -1.0, rtol=1e-12)


def test_an_unknown_kind_is_refused_by_name(use_experiments):
    use_experiments({"imagined": {**IMAGINED["imagined_search"], "kind": "telepathy"}})
    with pytest.raises(ValueError, match=r"imagined\.kind: 'telepathy'; allowed: electron_dump"):
        all_experiments()


@pytest.mark.parametrize("changes", [{"production": "muon"}, {"channels": ["taus"]}, {"beam_gev": 1.0}])
def test_an_entry_that_its_kind_cannot_read_is_refused(changes, use_experiments):
    use_experiments({"imagined": {**IMAGINED["imagined_search"], **changes}})
    with pytest.raises(TypeError):
        all_experiments()
