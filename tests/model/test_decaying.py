import numpy as np
from numpy.testing import assert_allclose

from model import decaying
from model.physics import domain
from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy.halo import DEFAULTS


def predict(surroundings, mass, lifetime):
    inputs = {**DEFAULTS["gnfw"], "f_ps": 0.967, "m_dm_mev": mass, "lifetime_s": lifetime}
    return decaying.Model().predict({name: np.array([float(v)]) for name, v in inputs.items()}, surroundings)


def test_flux_is_that_of_the_decay_factor(surroundings):
    found = predict(surroundings, 4.0, 1e26)
    j = surroundings.j_factors.evaluate(found.halo).decay[0]
    assert_allclose(found.flux_511kev, 0.5495 / (4.0 * np.pi) * j / (4e-3 * 1e26), rtol=1e-12)


def test_each_lepton_has_half_of_the_mass(surroundings):
    assert_allclose(predict(surroundings, 4.0, 1e26).injection_energy, 2.0 - ELECTRON_MASS, rtol=1e-12)
    assert predict(surroundings, 1.02, 1e26).reason.tolist() == [domain.NO_PAIR]
    assert predict(surroundings, 4.0, -1.0).reason.tolist() == [domain.NOT_POSITIVE]


def test_lifetime_that_the_line_needs_is_far_above_the_age_of_the_universe(surroundings):
    # 0.96e-3 ph/cm^2/s from 15 degrees of an NFW halo and 1 MeV-scale particles: 1e26 to 1e27 s
    found = predict(surroundings, 3.0, 1e26)
    needed = 1e26 * found.flux_511kev[0] / 0.96e-3
    assert 1e26 < needed < 1e27
