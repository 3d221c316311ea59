from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Self

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.mixing_experiments import EVERYTHING, IMAGINED, write_experiments
from scipy.stats import poisson

from likelihoods.data import kinetic_mixing_experiments
from likelihoods.data.kinetic_mixing_experiments import Entry, Record
from likelihoods.kinetic_mixing import Likelihood
from likelihoods.mixing.experiments import KINDS, Counting, Tabulated, all_experiments, experiment_kind
from likelihoods.mixing.visible_boson import Options, VisibleBoson
from model.physics.constants import E_CHARGE
from model.physics.hidden_sector.charges import dark_photon as dark_photon_couplings
from model.physics.hidden_sector.charges import visible_couplings
from model.physics.searches.proton_dump import CHANNELS
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


# Numbers of events and likelihoods by hand, from a U whose every ingredient has a value of its own


def boson(**given):
    """A stand-in of the U at one point; what is not given here, an experiment has no reason to read."""
    arrays = {name: np.array([value]) if isinstance(value, float) else value for name, value in given.items()}
    return SimpleNamespace(**({"m_u": np.array([20.0]), "options": Options()} | arrays))


def shares(**given):
    return {name: np.array([value]) for name, value in given.items()}


def test_events_of_an_electron_dump_are_added_over_its_runs():
    yields = {"na64_visible_1": np.array([7.0]), "na64_visible_2": np.array([11.0]), "e137": np.array([1e9])}
    u = boson(electron_strength=2.0, branching=shares(electrons=0.25, muons=0.5, invisible=0.25), decay_yields=yields)
    assert_allclose(all_experiments()["na64_visible"].events(u), 2.0 * 0.25 * (7.0 + 11.0), rtol=1e-14)


@pytest.mark.parametrize("reading, seen", [("physical", 0.51 * 0.6 + 0.85 * 0.3), ("published", 0.6 + 0.3)])
def test_events_of_a_proton_dump_are_added_over_its_channels_in_the_reading_of_the_run(reading, seen):
    """CHARM has efficiencies of 0.51 and 0.85, and 1 in the published reading, which has no form factors either."""
    made = {("pi0", True): 2.0, ("eta", True): 3.0, ("bremsstrahlung", True): 5.0}
    made |= {(channel, False): 10.0 * value for (channel, _), value in made.items()}
    yields = {"charm.pi0": 0.1, "charm.eta": 0.01, "charm.bremsstrahlung": 0.001}
    u = boson(
        options=Options(reading=reading),
        branching=shares(electrons=0.6, muons=0.3, invisible=0.1),
        decay_yields=shares(**yields),
        produced_by_protons=lambda channel, form_factors: np.array([made[channel, form_factors]]),
    )
    produced = (0.1 * 2.0 + 0.01 * 3.0 + 0.001 * 5.0) * (1.0 if reading == "physical" else 10.0)
    assert CHANNELS == ("pi0", "eta", "bremsstrahlung")
    assert_allclose(all_experiments()["charm"].events(u), seen * produced, rtol=1e-13)


@pytest.mark.parametrize("year, electrons", [(2019, 2.84e11), (2023, 9.37e11)])
def test_events_with_missing_energy_follow_the_exposure_of_the_data_set(year, electrons):
    """1906.00176 has 2.84e11 electrons on target, 2307.02404 has 9.37e11; no event in either."""
    experiment = all_experiments()["na64_invisible"]
    u = boson(
        options=Options(na64_data=year),
        electron_strength=1e-10,
        branching=shares(electrons=0.25, muons=0.0, invisible=0.75),
        missing_energy_yields={"na64_invisible": np.array([0.2])},
    )
    events = electrons * 0.53 * 1e-10 * 0.75 * 0.2
    assert_allclose(experiment.events(u), events, rtol=1e-13)
    assert_allclose(experiment.log_likelihood(u), -events, rtol=1e-13)
    assert_allclose(experiment.signal_over_edge(u), events / 2.3, rtol=1e-13)


@pytest.mark.parametrize("name", ["lsnd", "e137_scattering", "miniboone"])
def test_events_of_scattering_are_added_over_the_parents_of_u(name):
    """Every parent but the electron counts with its production by protons and form factors."""
    experiment = all_experiments()[name]
    g_dm, strength, decay = 0.5, 1e-8, 0.75
    made = {"pi0": 3.0, "eta": 5.0, "bremsstrahlung": 7.0}
    yields = {search.name: np.array([10.0 ** (k + 9)]) for k, search in enumerate(experiment.searches)}
    widths = SimpleNamespace(dark_matter=np.array([3.0]), total=np.array([4.0]))
    u = boson(
        electron_strength=strength,
        prediction=SimpleNamespace(widths=widths, couplings=SimpleNamespace(g_dm=np.array([g_dm]))),
        scattering_yields=yields,
        produced_by_protons=lambda channel, form_factors: np.array([made[channel] if form_factors else np.nan]),
    )
    parents = {"electron": strength, **made}
    charge2 = 4.0 * np.pi / 137.035999177
    expected = sum(
        experiment.efficiency * parents[search.parent] * g_dm**2 * charge2 * strength * decay * yields[search.name][0]
        for search in experiment.searches
    )
    assert expected > 0.0
    assert_allclose(experiment.events(u), expected, rtol=1e-9)


@pytest.mark.parametrize("name", [name for name, e in all_experiments().items() if hasattr(e, "counting")])
def test_the_edge_of_every_counting_experiment_is_excluded_at_its_confidence(name):
    """At the edge a flat prior in the number of events holds the stated fraction below it."""
    experiment = all_experiments()[name]
    events = np.linspace(0.0, 40.0 * experiment.edge_events, 400_001)
    density = np.exp(experiment.counting.log_likelihood(events))
    below = density[events <= experiment.edge_events].sum() / density.sum()
    assert below == pytest.approx(experiment.record.confidence, abs=0.007)


def test_a_poisson_likelihood_is_the_ratio_of_two_probabilities():
    """ln P(n | N + b) - ln P(n | n), whose maximum is where signal and background make up what was observed."""
    events = np.linspace(0.0, 30.0, 301)
    counting = Counting("poisson", observed=5.0, background=3.5)
    expected = poisson.logpmf(5, events + 3.5) - poisson.logpmf(5, 5.0)
    assert_allclose(counting.log_likelihood(events), expected, atol=1e-12)
    assert events[np.argmax(counting.log_likelihood(events))] == pytest.approx(1.5)
    nothing = Counting("poisson", observed=0.0, background=2.0)  # a background without events is no evidence
    assert_allclose(nothing.log_likelihood(events), poisson.logpmf(0, events + 2.0) - poisson.logpmf(0, 2.0))


def resonance(name):
    return all_experiments()[name]


@pytest.mark.parametrize(
    "name, production, channels",
    [
        ("na48_2", "pi0", ("electrons",)),
        ("kloe", "electron", ("electrons",)),
        ("a1", "electron", ("electrons",)),
        ("apex", "electron", ("electrons",)),
        ("babar_visible", "electron", ("electrons", "muons")),
    ],
)
def test_searches_for_resonances_see_what_their_papers_say(name, production, channels):
    assert resonance(name).production == production
    assert resonance(name).channels == channels
    assert resonance(name).case == "visible"


def seen_by_babar(mass, branching, dark_photon, strength):
    widths = SimpleNamespace(total=np.array([1.0]))  # 1 MeV: every decay is prompt
    return boson(
        m_u=float(mass),
        produced={"electron": np.array([strength]), "pi0": np.array([np.nan])}.__getitem__,
        branching=shares(**branching),
        dark_photon_branching=shares(**dark_photon),
        prediction=SimpleNamespace(widths=widths),
    )


def test_a_resonance_in_two_channels_is_measured_against_a_dark_photon_in_both():
    """Both searched decays count, and a U that decays to them as a dark photon does has the published limit."""
    search = resonance("babar_visible")
    (_, (mass, epsilon, _), _) = search.record.published.points
    published = {"electrons": 0.4, "muons": 0.2}
    at_limit = seen_by_babar(mass, published, published, epsilon**2)
    assert_allclose(search.log_likelihood(at_limit), -0.5 * 1.645**2, rtol=2e-4)
    half = seen_by_babar(mass, {"electrons": 0.1, "muons": 0.2}, published, epsilon**2)
    assert_allclose(search.log_likelihood(half), 0.25 * search.log_likelihood(at_limit), rtol=1e-12)


def test_a_resonance_that_flies_away_is_not_prompt():
    """A search keeps 1 - exp(-d m Gamma / p hbar c) of the decays."""
    search = resonance("a1")
    mass = search.search.mass_mev[0]
    one = np.ones(1)

    def signal(width):
        u = boson(
            m_u=mass,
            produced=lambda _: 1e-6 * one,
            branching={"electrons": one},
            dark_photon_branching={"electrons": one},
            prediction=SimpleNamespace(widths=SimpleNamespace(total=width * one)),
        )
        return np.sqrt(-search.log_likelihood(u))

    hbar_c_mev_m = 1.973269804e-13
    lengths = search.search.flight_m * mass / (search.search.momentum_mev * hbar_c_mev_m)  # times the width
    assert_allclose(signal(np.log(2.0) / lengths) / signal(1e6), 0.5, rtol=1e-8)
    assert_allclose(signal(1e-4 / lengths) / signal(1e6), 1e-4, rtol=1e-4)


def test_a_mono_photon_has_its_limit_up_to_the_end_of_the_window():
    """Epsilon below 0.95e-3 at 90 % for a light U (1702.03327), nothing beyond 8 GeV, less in between."""
    search = all_experiments()["babar_invisible"]

    def found(mass, invisible=1.0):
        return search.log_likelihood(
            boson(m_u=mass, electron_strength=0.95e-3**2, branching=shares(invisible=invisible))
        )[0]

    assert found(10.0) == pytest.approx(-0.5 * 1.645**2, rel=1e-3)
    assert found(10.0, invisible=0.5) == pytest.approx(0.25 * found(10.0), rel=1e-12)
    assert found(4000.0) == pytest.approx(0.75**2 * found(1e-3), rel=1e-6)
    assert found(8000.0) == found(9000.0) == 0.0
    assert [mass for mass, *_ in search.record.published.points] == [10.0, 300.0]


@pytest.mark.parametrize("era, value, sigma", [(2008, 80.376, np.hypot(0.025, 0.015)), ("modern", 80.3692, 0.01459)])
def test_the_mass_of_the_w_is_compared_with_the_data_of_its_era(era, value, sigma):
    """80.398 +- 0.025 against the fit 80.375 +- 0.015 in 2008, 80.3692 +- 0.0133 and 0.006 today (PDG)."""
    experiment = all_experiments()["w_mass"]
    for pull in (-2.0, 0.0, 3.0):
        at = boson(
            options=Options(w_mass_era=era), prediction=SimpleNamespace(m_w_gev=np.array([value + pull * sigma]))
        )
        assert_allclose(experiment.log_likelihood(at), -0.5 * pull**2, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("era, chi", [(2008, 0.052), ("modern", 0.031)])
def test_the_mass_of_the_w_is_two_standard_deviations_off_at_the_mixing_of_its_note(era, chi, predict):
    u = EVERYTHING.visible_boson(predict(1000.0, chi * np.sqrt(1.0 - 0.2312), 3000.0, 0.1))
    u = replace(u, options=u.options._replace(w_mass_era=era))
    assert_allclose(all_experiments()["w_mass"].log_likelihood(u), -2.0, rtol=0.03)


def test_the_edge_of_a_precision_search_is_a_fall_by_two_from_no_mixing(predict):
    """The Standard Model lies 1.11 standard deviations below m_W already, so that the edge has a pull of 2.29."""
    experiment = all_experiments()["w_mass"]
    chi = np.linspace(0.02, 0.04, 2001)
    u = EVERYTHING.visible_boson(predict(1000.0, chi * np.sqrt(1.0 - 0.2312), 3000.0, 0.1))
    start = (80.3692 - 80.353) / 0.01459
    pull = np.hypot(start, 2.0)
    expected = np.sqrt((pull - start) * 0.01459 / (0.165 * 80.353))
    assert np.interp(1.0, experiment.signal_over_edge(u), chi) == pytest.approx(expected, rel=1e-3)


@pytest.mark.compiled
def test_the_supernova_is_at_its_edge_at_half_of_its_depth(predict):
    """Where the band has half of its depth: at both of its ends, 7e-11 and 1.2e-7 at 10 MeV (1611.03864)."""
    experiment = all_experiments()["sn1987a"]
    u = EVERYTHING.visible_boson(predict(10.0, np.array([7e-11, 3e-9, 1.2e-7]), 1e3, 1e-9))
    assert_allclose(experiment.signal_over_edge(u), [1.0, 2.0, 1.0], rtol=0.05)
    assert_allclose(experiment.log_likelihood(u), -4.0 * np.array([0.5, 1.0, 0.5]), rtol=0.05)


def test_limits_are_compared_at_the_ends_and_in_the_middle_of_their_range():
    for name in ("na48_2", "na62_invisible"):
        search, points = resonance(name).search, resonance(name).record.published.points
        masses, limits = search.mass_mev, search.epsilon_90
        middle = len(masses) // 2
        assert points == tuple((masses[k], limits[k], None) for k in (0, middle, len(masses) - 1))
        assert resonance(name).record.published.source == resonance(name).record.source


def test_what_an_experiment_needs_is_what_it_reads(predict):
    """A prediction without the members that an experiment does not name answers all the same."""
    point = predict(30.0, 1e-4, 50.0, 0.1)
    for name in ("w_mass", "na48_2", "na62_invisible", "babar_invisible", "z_invisible", "sn1987a"):
        experiment = all_experiments()[name]
        bare = SimpleNamespace(**{need: getattr(point, need) for need in experiment.needs})
        u = VisibleBoson(bare, EVERYTHING.visible_boson(point).options)
        whole = experiment.log_likelihood(EVERYTHING.visible_boson(point))
        assert_array_equal(experiment.log_likelihood(u), whole, name)


def test_every_experiment_of_invisible_decays_says_so():
    invisible = {name for name, e in all_experiments().items() if e.case == "invisible"}
    named = {"na64_invisible", "babar_invisible", "na62_invisible", "bes3_invisible", "z_invisible"}
    assert invisible == named | {"lsnd", "e137_scattering", "miniboone"}
