from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.rotation_curve import Likelihood
from model.physics.galaxy.halo import DEFAULTS
from model.vector_portal import Model


def at(speed, **options):
    return Likelihood(**options).log_likelihood(SimpleNamespace(circular_speed_km_s=np.atleast_1d(float(speed))))


def test_data_are_those_of_the_eras():
    # docs/physics/data.md 1
    for era, value, sigma in ((2008, 220.0, 20.0), ("modern", 229.0, np.hypot(0.2, 0.035 * 229.0))):
        (datum,) = Likelihood(era=era).data
        assert datum.value == value
        assert_allclose(datum.sigma, sigma, rtol=1e-4)


@pytest.mark.parametrize("era, value, sigma", [(2008, 220.0, 20.0), ("modern", 229.0, 8.017)])
def test_it_is_a_gaussian_in_the_speed(era, value, sigma):
    assert at(value, era=era) == 0.0
    assert_allclose(at(value + 2 * sigma, era=era), -2.0, rtol=1e-12)
    assert_allclose(at(value - sigma, era=era), -0.5, rtol=1e-12)


def test_heavier_galaxies_turn_faster(surroundings):
    # density, scale and baryons pull together
    point = {"m_dm_mev": 3.0, "m_u_mev": 10.0, "g_dm": 0.1, "epsilon": 1e-3, "f_ps": 0.967}
    values = {name: np.full(4, value) for name, value in {**point, **DEFAULTS["gnfw"]}.items()}
    values["rho_sun_gev_cm3"][1] = 0.6
    values["baryon_scale"][2] = 0.5
    values["gamma"][3] = 1.4
    speeds = Model().predict(values, surroundings).circular_speed_km_s
    assert speeds[1] > speeds[0] > speeds[2]
    assert speeds[3] > speeds[0]
    fit = Likelihood(era="modern").log_likelihood(Model().predict(values, surroundings))
    assert -2.0 < fit[0] < 0.0
    assert fit[2] < -5.0


def test_without_an_option_the_data_are_those_of_2008():
    assert Likelihood() == Likelihood(era=2008)
    assert Likelihood().data == Likelihood(era=2008).data
