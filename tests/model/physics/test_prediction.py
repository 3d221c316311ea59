from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose
from reference.nuisances import NUISANCES

from model import vector_portal
from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy.line_settings import LineSettings
from model.physics.positrons.in_flight_annihilation import survival_probability
from model.physics.prediction import Prediction

PORTAL = {"m_dm_mev": 20.0, "m_u_mev": 50.0, "g_dm": 0.5, "epsilon": 1e-3, "x_ion": 0.3}


def predict(surroundings, n=2, dark_matter="majorana", **changes) -> Prediction:
    values = {name: np.full(n, float(value)) for name, value in {**NUISANCES, **PORTAL, **changes}.items()}
    return vector_portal.Model(dark_matter=dark_matter).predict(values, surroundings)


def test_positrons_that_annihilate_in_flight_are_missing_in_the_line(surroundings):
    before = predict(surroundings)
    after = predict(replace(surroundings, line=LineSettings(in_flight_losses=True)))
    kept = survival_probability(np.array([20.0 - ELECTRON_MASS]), 0.3)[0]
    assert_allclose(after.flux_511kev, kept * before.flux_511kev, rtol=3e-4)
    assert_allclose(after.annuli_511kev, kept * before.annuli_511kev, rtol=3e-4)
    assert_allclose(after.fraction_at_rest, kept, rtol=3e-4)
    assert before.fraction_at_rest.tolist() == [1.0, 1.0]
    assert after.sigma_v_bulge.tolist() == before.sigma_v_bulge.tolist()
