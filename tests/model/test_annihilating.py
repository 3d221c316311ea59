import numpy as np
import pytest
from numpy.testing import assert_allclose

from model import annihilating, vector_portal
from model.physics import domain
from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy.halo import DEFAULTS
from model.physics.nuisances import nuisances
from model.physics.units import CM3_S_PER_MEV_MINUS2

NUISANCES = {**DEFAULTS["gnfw"], "f_ps": 0.967}


def values(**changes):
    return {name: np.array([float(value)]) for name, value in {**NUISANCES, **changes}.items()}


def test_it_is_the_line_of_a_vector_portal_with_the_same_cross_section(surroundings):
    portal = vector_portal.Model().predict(values(m_dm_mev=3.0, m_u_mev=50.0, g_dm=1.0, epsilon=1e-4), surroundings)
    b = portal.cross_section.p_wave[0] * CM3_S_PER_MEV_MINUS2
    found = annihilating.Model().predict(values(m_dm_mev=3.0, sigma_v_p_cm3_s=b), surroundings)
    assert_allclose(found.flux_511kev, portal.flux_511kev, rtol=1e-12)
    assert_allclose(found.annuli_511kev, portal.annuli_511kev, rtol=1e-12)
    assert_allclose(found.injection_energy, portal.injection_energy, rtol=1e-12)


def test_s_wave_that_the_line_needs(surroundings):
    # docs/physics/galaxy.md 3: NFW, 15 degrees: 7.9e-31 (m/MeV)^2 cm^3/s give 0.96e-3 ph/cm^2/s
    model = annihilating.Model(wave="s_and_p")
    found = model.predict(values(m_dm_mev=2.0, sigma_v_s_cm3_s=4 * 7.9e-31, sigma_v_p_cm3_s=1e-40), surroundings)
    assert_allclose(found.flux_511kev, 0.96e-3, rtol=0.02)
    assert_allclose(found.injection_energy, 2.0 - ELECTRON_MASS, rtol=1e-12)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"m_dm_mev": 0.5}, domain.NO_PAIR),
        ({"m_dm_mev": -1.0}, domain.NOT_POSITIVE),
        ({"sigma_v_p_cm3_s": 0.0}, domain.NOT_POSITIVE),
        ({"gamma": 1.7}, domain.HALO_OUTSIDE_TABLE),
        ({"f_ps": 1.1}, domain.reasons(nuisances("gnfw")).index("f_ps is not within [0, 1]")),
        ({}, domain.VALID),
    ],
)
def test_reasons(changes, reason, surroundings):
    point = values(**{"m_dm_mev": 3.0, "sigma_v_p_cm3_s": 1e-24, "x_ion": 0.5, **changes})
    assert annihilating.Model().predict(point, surroundings).reason.tolist() == [reason]


def test_parameters_follow_the_options():
    names = {wave: [p.name for p in annihilating.Model(wave).parameters] for wave in ("p", "s_and_p")}
    assert names["p"] == ["m_dm_mev", "sigma_v_p_cm3_s"]
    assert names["s_and_p"] == ["m_dm_mev", "sigma_v_s_cm3_s", "sigma_v_p_cm3_s"]
    assert len(annihilating.Model(stellar_sources=True).parameters) == 2 + 6
