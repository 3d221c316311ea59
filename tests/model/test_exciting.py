import numpy as np
from numpy.testing import assert_allclose

from model import exciting
from model.physics import domain
from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy.halo import DEFAULTS


def predict(surroundings, **values):
    point = {"m_dm_gev": 500.0, "splitting_mev": 1.1, "sigma_mr_cm2": 1e-24, **values}
    inputs = {**DEFAULTS["gnfw"], "f_ps": 0.967, **point}
    return exciting.Model().predict({name: np.array([float(v)]) for name, v in inputs.items()}, surroundings)


def test_a_geometric_cross_section_makes_the_line(surroundings):
    # Finkbeiner & Weiner 2007: 500 GeV, delta just above 2 m_e, cross-sections of order (MeV)^-2 to (10 MeV)^-2
    found = predict(surroundings)
    needed = 1e-24 * 0.96e-3 / found.flux_511kev[0]
    assert 1e-25 < needed < 4e-22


def test_positrons_share_what_the_pair_leaves(surroundings):
    assert_allclose(predict(surroundings, splitting_mev=4.0).injection_energy, 2.0 - ELECTRON_MASS, rtol=1e-12)
    assert predict(surroundings, splitting_mev=1.02).reason.tolist() == [domain.NO_PAIR]
    assert predict(surroundings, sigma_mr_cm2=0.0).reason.tolist() == [domain.NOT_POSITIVE]


def test_flux_is_proportional_to_the_cross_section(surroundings):
    one, ten = (predict(surroundings, sigma_mr_cm2=sigma).flux_511kev for sigma in (1e-24, 1e-23))
    assert_allclose(ten, 10.0 * one, rtol=1e-12)


def test_a_larger_splitting_is_harder_to_reach(surroundings):
    fluxes = [predict(surroundings, splitting_mev=delta).flux_511kev[0] for delta in (1.1, 1.5, 2.5, 5.0)]
    assert np.all(np.diff(fluxes) < 0.0)
