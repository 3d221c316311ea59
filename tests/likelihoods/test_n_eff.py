from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from likelihoods.n_eff import Likelihood
from model.physics.early_universe.neutrino_decoupling import DarkGas, n_eff
from model.vector_portal import Model
from tests.reference.nuisances import NUISANCES

PLANCK = Likelihood(era="modern")
ACT_SPT = Likelihood(era="modern", modern_data="act_spt_planck_2026")


def prediction(values):
    return SimpleNamespace(n_eff=np.atleast_1d(values))


@pytest.mark.parametrize(
    "likelihood, value, sigma", [(Likelihood(), 4.4, 1.5), (PLANCK, 2.99, 0.17), (ACT_SPT, 2.81, 0.12)]
)
def test_gaussian(likelihood, value, sigma):
    found = likelihood.log_likelihood(prediction([value, value + sigma, value - 3 * sigma]))
    assert_allclose(found, [0.0, -0.5, -4.5], atol=1e-12)


# docs/physics/early_universe.md 5: where chi^2 is 4 above its minimum, (states, fermion) of the only species
@pytest.mark.parametrize(
    "states, fermion, likelihood, bound",
    [
        (2, True, PLANCK, 6.6),
        (2, True, ACT_SPT, 5.7),
        (1, False, PLANCK, 3.6),
        (1, False, ACT_SPT, 2.6),
        (4, True, PLANCK, 9.5),
        (4, True, ACT_SPT, 8.7),
    ],
)
def test_published_mass_bounds(states, fermion, likelihood, bound):
    def term(mass):
        gas = DarkGas(np.array([[mass]]), np.array([[float(states)]]), (fermion,))
        return likelihood.log_likelihood(prediction(n_eff(gas)))[0]

    # The maximum, 0, is where N_eff is the measured one, at a mass above the bound.
    assert_allclose(brentq(lambda mass: term(mass) + 2.0, 1.0, bound + 1.0), bound, atol=0.06)


def test_dark_radiation_is_a_parameter_when_asked_for():
    assert [parameter.name for parameter in Likelihood(dark_radiation=True).parameters] == ["delta_n_eff"]
    assert Likelihood().parameters == ()


def test_dark_radiation_lifts_n_eff_and_both_abundances(surroundings):
    point = NUISANCES | {"m_dm_mev": 3.0, "m_u_mev": 10.0, "g_dm": 0.3, "epsilon": 1e-4}
    values = {name: np.full(2, value) for name, value in point.items()}
    without = Model().predict(values, surroundings)
    found = Model().predict(values | {"delta_n_eff": np.array([0.0, 0.5])}, surroundings)
    assert_allclose(found.n_eff - without.n_eff, [0.0, 0.5], atol=1e-12)
    for name in ("primordial_helium", "primordial_deuterium"):
        shift = getattr(found, name) - getattr(without, name)
        assert shift[0] == 0.0 < shift[1]


def test_the_two_modern_measurements_are_alternatives():
    assert len(PLANCK.data) == len(ACT_SPT.data) == 1
    assert PLANCK.data[0].value != ACT_SPT.data[0].value
