from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.early_universe import abundance_error
from model.physics.early_universe.cosmology_settings import BEST_COSMOLOGY, CosmologySettings, left_out
from model.physics.early_universe.momentum_exchange import TEMPERATURE, Exchange
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.hidden_sector import annihilation, hadronic_cross_section, u_decay
from model.physics.hidden_sector.charges import dark_photon
from model.physics.quantities import DarkMatter, RelicAbundance, Spectrum
from model.vector_portal import Model

VALUES = {"m_dm_mev": [1.0, 10.0], "m_u_mev": [2.6, 30.0], "g_dm": [0.3, 0.3], "epsilon": [3e-5, 3e-4]}


def portal(m_dm, m_u, epsilon=1e-3):
    m_dm, m_u = np.atleast_1d(m_dm).astype(float), np.atleast_1d(m_u).astype(float)
    nothing = np.full_like(m_dm, np.nan)
    spectrum = Spectrum(m_dm, m_u, nothing, nothing)
    couplings = dark_photon(np.full_like(m_dm, 0.5), np.full_like(m_dm, epsilon))
    widths = u_decay.partial_widths(spectrum, couplings, DarkMatter.DIRAC)
    return spectrum, couplings, widths, DarkMatter.DIRAC


@pytest.fixture(scope="module")
def predicted(posterior_of):
    """Predictions of two points of the vector portal under any settings."""
    posterior = posterior_of("vector_portal")
    points = {name: np.array(value) for name, value in VALUES.items()}
    others = posterior.sample_prior_values(2, np.random.default_rng(1))
    nuisances = {name: value for name, value in others.items() if name not in points}

    def predict(settings):
        surroundings = replace(posterior.surroundings, cosmology=settings)
        return Model().predict(points | nuisances, surroundings)

    return predict


def test_settings_that_leave_nothing_out_have_nothing_to_add():
    assert left_out(BEST_COSMOLOGY) == {}
    assert left_out(replace(BEST_COSMOLOGY, role="upper_limit")) == {}


@pytest.mark.parametrize("option", [field.name for field in fields(CosmologySettings) if field.name != "role"])
def test_every_option_that_is_not_the_best_leaves_its_effect_out(option):
    worse = {
        "thermal_bath": "standard",
        "u_pair_annihilation": False,
        "final_states": "tree",
        "kinetic_equilibrium": "assumed",
        "initial_abundance": "equilibrium",
    }
    settings = replace(BEST_COSMOLOGY, **{option: worse[option]})
    assert left_out(settings) == {option: BEST_COSMOLOGY}


@pytest.mark.compiled
def test_an_effect_that_is_left_out_has_the_size_that_it_would_have(predicted):
    settings = replace(BEST_COSMOLOGY, kinetic_equilibrium="assumed", thermal_bath="standard")
    prediction = predicted(settings)
    sizes = prediction.abundance_errors
    for option in ("kinetic_equilibrium", "thermal_bath"):
        other = predicted(replace(settings, **{option: getattr(BEST_COSMOLOGY, option)}))
        assert_allclose(sizes[option], np.abs(other.omega_h2 / prediction.omega_h2 - 1.0), rtol=1e-12)
    assert np.all(sizes["thermal_bath"] > 0.005)
    assert "final_states" not in sizes


@pytest.mark.compiled
def test_the_error_is_that_of_all_sizes_in_quadrature(predicted):
    prediction = predicted(BEST_COSMOLOGY)
    sizes = prediction.abundance_errors
    assert set(sizes) == {"solver", "maxwellian_shape", "hadronic_cross_section", "hadron_gas", "bath"}
    assert_allclose(prediction.omega_h2_theory_error, np.sqrt(sum(size**2 for size in sizes.values())), rtol=1e-14)
    assert np.all(prediction.omega_h2_theory_error >= abundance_error.BATH)


def test_hadrons_do_not_matter_where_they_are_closed():
    sizes = abundance_error.uncertainties(*portal([1.0, 100.0], [3.0, 300.0]))
    assert sizes["hadronic_cross_section"].tolist() == [0.0, 0.0]
    assert sizes["hadron_gas"].tolist() == [0.0, 0.0]


def test_the_uncertainty_of_hadrons_counts_with_their_fraction_of_the_annihilation():
    inputs = portal(600.0, 1800.0)
    size = abundance_error.uncertainties(*inputs)["hadronic_cross_section"]
    s = np.array([(2 * 600.0 * 1.075) ** 2])
    hadrons, every = annihilation.sigma_v_hadrons(s, *inputs), annihilation.sigma_v(s, *inputs)
    assert_allclose(size, hadrons / every * hadronic_cross_section.relative_uncertainty(s, inputs[1]), rtol=1e-12)
    assert 0.01 < size[0] < 0.2


def test_the_hadron_gas_is_known_to_half_of_its_deficit():
    # at m = 2 GeV dark matter freezes out at 100 MeV, where g_* is 1 % low
    sizes = abundance_error.uncertainties(*portal([2000.0, 2800.0], [7000.0, 9000.0]))["hadron_gas"]
    assert_allclose(sizes, [0.005, 0.04], rtol=1e-12)


# m_U/2m - 1, f of two equations and f of the whole distribution without scattering: docs/physics/early_universe.md 9
WHOLE = (
    (-1e-2, 1.0275, 1.0276),
    (-1e-3, 0.9934, 0.9937),
    (-1e-4, 0.7599, 0.7607),
    (1e-4, 0.706, 0.320),
    (1e-3, 1.378, 0.898),
    (1e-2, 1.790, 1.814),
    (4.0, 1.0987, 1.0996),  # m_U = 10 m
)


@pytest.mark.parametrize("distance, two, whole", WHOLE)
def test_the_shape_of_the_distribution_is_not_underrated_and_not_overrated_much(distance, two, whole):
    spectrum, _, widths, _ = portal(10.0, 20.0 * (1.0 + distance), epsilon=1e-6)
    size = abundance_error.maxwellian_shape(spectrum, replaced_width(widths, 1e-9), np.zeros(1))
    cost = abs(whole / two - 1.0)
    assert cost < size[0] < 2.0 * cost + 0.002


def test_fast_scattering_restores_the_shape():
    # The whole distribution with a relaxation of 100 is within 3 % of two equations at this pole.
    spectrum, _, widths, _ = portal(10.0, 20.002)
    sizes = [
        abundance_error.maxwellian_shape(spectrum, replaced_width(widths, 1e-9), np.full(1, rate))[0]
        for rate in (0.0, 100.0, 1e6)
    ]
    assert sizes[0] > 0.5
    assert 0.02 < sizes[1] < 0.03
    assert_allclose(sizes[2], abundance_error.SHAPE_FLOOR, rtol=0.1)


def replaced_width(widths, total):
    nothing = dict.fromkeys(vars(widths), np.zeros_like(widths.electrons))
    return type(widths)(**nothing | {"electrons": np.full_like(widths.electrons, total)})


def test_self_scattering_over_the_expansion_is_that_of_cgs_units():
    # m = 10 MeV, pole reached at T = 2 keV, where the universe is 3.3e5 s old: H = 1/2t with t = 1.32 s (MeV/T)^2
    # (3.36/g)^(1/2), g = 3.36 of energy; 0.12 of dark matter today is 2.25e-30 g/cm^3.
    spectrum, _, widths, _ = portal(10.0, 20.002)
    nothing = Exchange(TEMPERATURE, np.full((1, TEMPERATURE.size), -1e4), np.ones((1, TEMPERATURE.size)))
    abundance = RelicAbundance(np.full(1, 0.12), np.zeros(1), np.zeros(1))
    found = abundance_error.relaxation(
        spectrum, replaced_width(widths, 1e-9), nothing, np.full(1, 7e-6), abundance, standard_thermal_history()
    )
    density = 0.12 * 1.878e-29 * (2e-3 / 2.348e-10) ** 3
    rate = density * 7e-6 * np.sqrt(6.0 / 5000.0) * 2.998e10
    assert_allclose(found, rate * 2.0 * 1.32 / (2e-3) ** 2, rtol=0.02)


def test_elastic_scattering_counts_in_units_of_the_expansion():
    # 1/H = 2 * 1.32 s / (2e-3)^2 = 1.0e27 / MeV, as above
    spectrum, _, widths, _ = portal(10.0, 20.002)
    exchange = Exchange(TEMPERATURE, np.full((1, TEMPERATURE.size), np.log(1e-27)), np.ones((1, TEMPERATURE.size)))
    abundance = RelicAbundance(np.full(1, 0.12), np.zeros(1), np.zeros(1))
    found = abundance_error.relaxation(
        spectrum, replaced_width(widths, 1e-9), exchange, np.zeros(1), abundance, standard_thermal_history()
    )
    assert_allclose(found, 1e-27 * 2.0 * 1.32 / (2e-3) ** 2 / 6.582e-22, rtol=0.02)


@pytest.mark.parametrize("temperature, power", [(2e-3, 5.0), (TEMPERATURE[3] * 1.001, -3.0)])
def test_a_power_law_of_the_temperature_is_kept_between_the_nodes(temperature, power):
    # the pole is reached at T = m_U - 2 m
    spectrum, _, widths, _ = portal(10.0, 20.0 + temperature)
    abundance = RelicAbundance(np.full(1, 0.12), np.zeros(1), np.zeros(1))
    reached = float(spectrum.m_u[0] - 20.0)

    def relaxation(ln_gamma):
        exchange = Exchange(TEMPERATURE, ln_gamma[None, :], np.ones((1, TEMPERATURE.size)))
        history = standard_thermal_history()
        return abundance_error.relaxation(
            spectrum, replaced_width(widths, 1e-9), exchange, np.zeros(1), abundance, history
        )

    law = relaxation(np.log(1e-27) + power * np.log(TEMPERATURE / reached))
    assert_allclose(law, relaxation(np.full(TEMPERATURE.size, np.log(1e-27))), rtol=1e-9)


def test_scattering_ends_below_the_table_and_stays_beyond_it():
    abundance = RelicAbundance(np.full(1, 0.12), np.zeros(1), np.zeros(1))
    ln_gamma = np.log(1e-27) + np.log(TEMPERATURE / TEMPERATURE[-1])
    exchange = Exchange(TEMPERATURE, ln_gamma[None, :], np.ones((1, TEMPERATURE.size)))
    flat = exchange._replace(ln_gamma=np.full_like(exchange.ln_gamma, np.log(1e-27)))

    def at(temperature, exchange):
        spectrum, _, widths, _ = portal(1e3, 2e3 + temperature)
        history, pole = standard_thermal_history(), replaced_width(widths, 1e-9)
        return abundance_error.relaxation(spectrum, pole, exchange, np.zeros(1), abundance, history)[0]

    assert at(0.9 * TEMPERATURE[0], exchange) == 0.0
    assert at(1.1 * TEMPERATURE[0], exchange) > 0.0
    assert_allclose(at(3.0 * TEMPERATURE[-1], exchange), at(3.0 * TEMPERATURE[-1], flat), rtol=1e-12)


def test_no_points_are_allowed():
    for size in abundance_error.uncertainties(*portal([], [])).values():
        assert size.shape == (0,)
