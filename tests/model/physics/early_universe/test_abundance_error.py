from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.early_universe import abundance_error
from model.physics.early_universe.cosmology_settings import BEST_COSMOLOGY, CosmologySettings, left_out
from model.physics.hidden_sector import annihilation, hadronic_cross_section, u_decay
from model.physics.hidden_sector.charges import dark_photon
from model.physics.quantities import DarkMatter, Spectrum
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
    assert set(sizes) == {"solver", "hadronic_cross_section", "hadron_gas", "bath"}
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


def test_no_points_are_allowed():
    for size in abundance_error.uncertainties(*portal([], [])).values():
        assert size.shape == (0,)
