import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.couplings import prediction_of
from scipy.optimize import brentq

from likelihoods.neutrino_electron_scattering import Likelihood, known_experiments
from model.physics.hidden_sector.charges import dark_photon, visible_couplings

ONE = np.ones(1)


def test_neutrinos_limit_the_couplings_to_a_few_millionths():
    # sqrt(g_nu g_e) below a few 1e-6 m_U/MeV for a heavy U
    likelihood = Likelihood()

    def at(g):
        return likelihood.log_likelihood(
            prediction_of(visible_couplings("universal", ONE, g * 300 * ONE, ONE), m_u=300.0)
        )[0]

    standard = at(1e-12)
    assert -1.0 < standard < 0.0
    edge = brentq(lambda g: at(g) - standard + 2.0, 1e-8, 1e-5)  # two standard deviations
    assert 5e-7 < edge < 3e-6
    assert standard - at(3 * edge) > 20.0


def test_modern_neutrino_data_see_a_lighter_u():
    light = prediction_of(visible_couplings("universal", ONE, 4e-6 * ONE, ONE), m_dm=0.6, m_u=1.1)
    old = Likelihood().experiments(light)
    new = Likelihood(era="modern").experiments(light)
    assert set(old) == {"lsnd", "charm_ii_neutrinos", "charm_ii_antineutrinos"}
    assert set(new) == {*old, "texono", "borexino"}
    assert new["borexino"] < -20.0
    assert min(old.values()) > -2.0


def test_neutrino_scattering_is_constant_for_kinetic_mixing():
    likelihood = Likelihood(era="modern")
    values = [likelihood.log_likelihood(prediction_of(dark_photon(ONE, e * ONE)))[0] for e in (1e-9, 1e-2)]
    assert values[0] == values[1]


@pytest.mark.parametrize("name", known_experiments())
def test_every_neutrino_experiment_has_source_and_tag_and_agrees_with_the_standard_model(name):
    entry = known_experiments()[name]
    assert entry.tag in {"V", "V-abs", "C", "M"}
    assert len(entry.source) > 10
    assert abs(entry.ratio - 1.0) < entry.sigma


def test_lsnd_is_its_measurement_over_the_expectation():
    entry = known_experiments()["lsnd"]
    assert_allclose([entry.ratio, entry.sigma], np.array([10.1, np.hypot(1.1, 1.0)]) / 9.3, rtol=2e-3)
