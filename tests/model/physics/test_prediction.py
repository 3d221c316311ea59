"""What ties the observables of a prediction together; each observable has its tests beside its own module."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.nuisances import NUISANCES
from reference.plain_cosmology import PLAIN_COSMOLOGY

from model.physics.constants import ELECTRON_MASS, MUON_MASS
from model.physics.domain import REASONS
from model.physics.early_universe import freeze_out, kinetic_decoupling
from model.physics.early_universe.neutrino_decoupling import DARK_RADIATION
from model.physics.galaxy import annuli
from model.physics.galaxy.line_settings import LineSettings
from model.physics.galaxy.shells import JFactors
from model.physics.positrons import line_511kev, propagation
from model.physics.positrons.in_flight_annihilation import survival_probability
from model.vector_portal import Model

POINTS = {
    "m_dm_mev": np.array([0.3, 3.0, 8.0, 3.0]),
    "m_u_mev": np.array([10.0, 10.0, 25.0, 30.0]),
    "g_dm": np.array([0.1, 0.1, 0.4, 1.0]),
    "epsilon": np.array([1e-3, 1e-2, 1e-3, 1e-4]),
}
VALID = [False, True, True, True]  # dark matter lighter than the electron cannot make positrons


def at(surroundings, points=POINTS, dark_matter="dirac", **changes):
    n = len(points["m_dm_mev"])
    nuisances = {name: np.full(n, value) for name, value in {**NUISANCES, **changes}.items()}
    return Model(dark_matter=dark_matter).predict({**nuisances, **points}, surroundings)


def valid(surroundings, **options):
    prediction = at(surroundings, **options)
    return prediction.select(prediction.valid)


def with_cosmology(surroundings, **options):
    return replace(surroundings, cosmology=replace(PLAIN_COSMOLOGY, **options))


def test_invalid_points_have_a_reason_and_others_none(surroundings):
    prediction = at(surroundings)
    assert prediction.valid.tolist() == VALID
    assert [REASONS[reason] == "" for reason in prediction.reason] == VALID


OBSERVABLES = (
    "flux_511kev",
    "annuli_511kev",
    "positron_rate",
    "injection_energy",
    "sigma_v_bulge",
    "circular_speed_km_s",
    "delta_a_e",
    "delta_a_mu",
    "m_w_gev",
    "self_interaction",
    "t_kd_mev",
    "m_cut_msun",
    "p_ann",
    "weak_charge_shift",
    "sigma_e_cm2",
)


def test_observables_of_selected_points_are_those_of_the_whole(surroundings):
    whole = valid(surroundings)
    keep = np.array([True, False, True])
    some = whole.select(keep)
    for name in OBSERVABLES:
        assert_allclose(getattr(some, name), getattr(whole, name)[keep], rtol=1e-10, err_msg=name)


def test_selection_leaves_the_original_alone(surroundings):
    prediction = at(surroundings)
    nothing = prediction.select(np.zeros(4, dtype=bool))
    assert nothing.reason.shape == nothing.spectrum.m_dm.shape == nothing.values["gamma"].shape == (0,)
    assert prediction.reason.shape == (4,)
    assert all(getattr(nothing, name).shape[0] == 0 for name in OBSERVABLES)


def test_an_observable_is_computed_once(surroundings, monkeypatch):
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return line_511kev_flux(*arguments)

    line_511kev_flux = line_511kev.flux
    monkeypatch.setattr(line_511kev, "flux", counted)
    prediction = valid(surroundings)
    first = prediction.flux_511kev
    assert prediction.flux_511kev is first
    assert_array_equal(prediction.positron_rate > 0.0, True)
    assert len(calls) == 1


def test_positrons_have_the_mass_of_dark_matter_less_that_of_the_electron(surroundings):
    assert_allclose(valid(surroundings).injection_energy, np.array([3.0, 8.0, 3.0]) - ELECTRON_MASS, rtol=1e-14)


def test_a_minor_component_scales_rates_of_pairs_with_its_square(surroundings):
    whole = valid(surroundings)
    assert_array_equal(whole.relic_fraction, 1.0)
    measured = float(2.0 * whole.omega_h2.min())
    minor = valid(replace(surroundings, omega_h2_measured=measured))
    fraction = np.minimum(whole.omega_h2 / measured, 1.0)
    assert fraction.min() == pytest.approx(0.5)
    assert_allclose(minor.relic_fraction, fraction, rtol=1e-12)
    for name in ("flux_511kev", "p_ann"):
        assert_allclose(getattr(minor, name), fraction**2 * getattr(whole, name), rtol=1e-12, err_msg=name)
    assert_allclose(minor.annuli_511kev, fraction[:, None] ** 2 * whole.annuli_511kev, rtol=1e-12)
    assert_array_equal(minor.sigma_e_cm2, whole.sigma_e_cm2)


def test_annuli_inside_the_aperture_do_not_outshine_it(surroundings):
    # four annuli end at 15 degrees, the aperture of the shipped runs; the telescope moves a little light out
    prediction = valid(surroundings)
    ratio = prediction.annuli_511kev.sum(axis=1) / prediction.flux_511kev
    assert np.all((ratio > 0.9) & (ratio < 1.0))


def test_annuli_need_a_table(surroundings):
    bare = valid(replace(surroundings, annuli=None))
    with pytest.raises(ValueError, match="annuli_511kev needs a table of annuli"):
        _ = bare.annuli_511kev


def test_dark_radiation_adds_to_the_neutrinos(surroundings):
    none, some = valid(surroundings), valid(surroundings, **{DARK_RADIATION.name: 0.4})
    assert_array_equal(none.dark_radiation, 0.0)
    assert_allclose(some.n_eff - none.n_eff, 0.4, rtol=1e-12)
    assert np.all(some.primordial_helium > none.primordial_helium)
    assert np.all(some.primordial_deuterium > none.primordial_deuterium)


def test_options_of_the_bath_choose_the_history(surroundings):
    standard = valid(with_cosmology(surroundings, thermal_bath="standard"))
    dark = valid(with_cosmology(surroundings, thermal_bath="with_dark_sector"))
    inputs = standard.spectrum, standard.couplings, standard.widths, standard.dark_matter
    assumptions = freeze_out.Assumptions(u_pairs=PLAIN_COSMOLOGY.u_pair_annihilation)
    direct = freeze_out.relic_abundance(*inputs, surroundings.thermal_history, assumptions)
    assert_allclose(standard.omega_h2, direct.omega_h2, rtol=1e-12)
    direct = freeze_out.relic_abundance(*inputs, dark.thermal_histories, assumptions)
    assert_allclose(dark.omega_h2, direct.omega_h2, rtol=1e-12)
    assert np.all(standard.omega_h2 != dark.omega_h2)


def test_decoupling_is_that_of_the_abundance_where_it_was_solved(surroundings):
    solved = valid(with_cosmology(surroundings, kinetic_equilibrium="solved"))
    late = solved.relic_abundance.late_cooling
    expected = kinetic_decoupling.of_late_temperature(late, surroundings.thermal_history)
    assert_allclose(solved.t_kd_mev, expected.t_kd, rtol=1e-14)
    assumed = valid(surroundings)
    with pytest.raises(ValueError, match="kinetic equilibrium was assumed"):
        _ = assumed.relic_abundance.late_cooling


def test_muons_have_the_couplings_of_electrons(surroundings):
    # heavy U: the shift goes as the squared mass of the lepton, 4.3e4; a light U flattens it
    prediction = valid(surroundings, points={**POINTS, "m_u_mev": np.full(4, 1e5)})
    assert_allclose(prediction.delta_a_mu / prediction.delta_a_e, (105.6583755 / ELECTRON_MASS) ** 2, rtol=2e-4)


def test_mixing_with_hypercharge_is_larger_than_that_with_electromagnetism(surroundings):
    prediction = valid(surroundings)
    assert_allclose(prediction.mixing_with_hypercharge, prediction.couplings.epsilon / np.sqrt(1 - 0.2312), rtol=1e-12)


def counting(surroundings, **options):
    return replace(surroundings, line=LineSettings(**options))


def portal(surroundings, m_dm_mev=20.0, m_u_mev=50.0, dark_matter="majorana"):
    point = {"m_dm_mev": m_dm_mev, "m_u_mev": m_u_mev, "g_dm": 0.5, "epsilon": 1e-3}
    points = {name: np.full(2, value) for name, value in point.items()}
    return at(surroundings, points, dark_matter, x_ion=0.3)


def test_positrons_that_annihilate_in_flight_are_missing_in_the_line(surroundings):
    before, after = (portal(counting(surroundings, in_flight_losses=losses)) for losses in (False, True))
    kept = survival_probability(np.array([20.0 - ELECTRON_MASS]), 0.3)[0]
    assert_allclose(after.flux_511kev, kept * before.flux_511kev, rtol=3e-4)
    assert_allclose(after.annuli_511kev, kept * before.annuli_511kev, rtol=3e-4)
    assert_allclose(after.fraction_at_rest, kept, rtol=3e-4)
    assert before.fraction_at_rest.tolist() == [1.0, 1.0]
    assert after.sigma_v_bulge.tolist() == before.sigma_v_bulge.tolist()


@pytest.mark.parametrize("dark_matter", ["majorana", "scalar", "dirac"])
def test_muons_add_their_part_of_the_rate_to_the_line(surroundings, dark_matter):
    # 120 MeV: muons are open and hadrons are not
    heavy = {"m_dm_mev": 120.0, "m_u_mev": 500.0, "dark_matter": dark_matter}
    electrons, every = (
        portal(counting(surroundings, positrons_from=channels), **heavy) for channels in ("electrons", "every_channel")
    )
    ratio = (MUON_MASS / 120.0) ** 2
    added = (1.0 + 0.5 * ratio) * np.sqrt(1.0 - ratio)  # electrons differ by 1e-10
    assert_allclose(every.flux_511kev, (1.0 + added) * electrons.flux_511kev, rtol=1e-9)
    assert_allclose(every.annuli_511kev, (1.0 + added) * electrons.annuli_511kev, rtol=1e-9)
    assert_allclose(every.sigma_v_positrons, (1.0 + added) * every.sigma_v_bulge, rtol=1e-9)
    assert_allclose(electrons.sigma_v_positrons, every.sigma_v_positrons, rtol=1e-12)
    mean = (120.0 + added * 0.35 * 120.0) / (1.0 + added) - ELECTRON_MASS
    assert_allclose(every.injection_energy, mean, rtol=1e-9)


def test_below_the_muon_threshold_every_channel_is_electrons(surroundings):
    options = {"in_flight_losses": True}
    electrons, every = (
        portal(counting(surroundings, positrons_from=channels, **options), m_dm_mev=5.0)
        for channels in ("electrons", "every_channel")
    )
    for name in ("flux_511kev", "annuli_511kev", "fraction_at_rest", "injection_energy"):
        assert_allclose(getattr(every, name), getattr(electrons, name), rtol=1e-12)


def test_losses_in_flight_are_those_of_each_channel(surroundings):
    heavy = {"m_dm_mev": 300.0, "m_u_mev": 900.0}
    at_rest = portal(counting(surroundings, positrons_from="every_channel"), **heavy)
    lossy = portal(counting(surroundings, positrons_from="every_channel", in_flight_losses=True), **heavy)
    assert_allclose(lossy.flux_511kev, lossy.fraction_at_rest * at_rest.flux_511kev, rtol=1e-12)
    fastest, slowest = (survival_probability(np.array([e - ELECTRON_MASS]), 0.3) for e in (300.0, 0.26 * 300.0))
    assert np.all((lossy.fraction_at_rest > fastest) & (lossy.fraction_at_rest < slowest))


def test_pairs_of_u_make_positrons_where_the_relic_abundance_counts_them(surroundings):
    line = counting(surroundings, positrons_from="every_channel")
    with_pairs = with_cosmology(line, u_pair_annihilation=True)
    light_u = {"m_dm_mev": 30.0, "m_u_mev": 10.0, "dark_matter": "dirac"}
    without, counted = (portal(around, **light_u) for around in (line, with_pairs))
    assert np.all(counted.flux_511kev > 10.0 * without.flux_511kev)
    assert_allclose(counted.injection_energy, 15.0 - ELECTRON_MASS, rtol=1e-3)


class Distances:
    """A stand-in table of annuli whose only J-factor is the distance that positrons travel."""

    def evaluate(self, _, smearing_pc):
        nothing = np.zeros_like(smearing_pc)
        return (JFactors(smearing_pc, nothing, nothing),) * annuli.REGIONS


def test_positrons_of_each_channel_are_smeared_by_their_own_distance(surroundings):
    around = replace(counting(surroundings, positrons_from="every_channel"), annuli=None, smeared_annuli=Distances())
    found = portal(around, 200.0, 500.0, "dirac")
    found = replace(found, values=found.values | {"displacement_pc": np.full(len(found.reason), 100.0)})
    reference = found.values["displacement_pc"]
    nothing = np.zeros_like(reference)
    expected = sum(
        line_511kev.flux(
            made.cross_section,
            found.spectrum.m_dm,
            found.dark_matter,
            JFactors(propagation.displacement_pc(made.energy, reference), nothing, nothing),
            found.values["f_ps"],
        )
        for made in found.every_positron
    )
    assert_allclose(found.annuli_511kev, np.repeat(expected[:, None], annuli.REGIONS, axis=1), rtol=1e-12)
