import numpy as np
import pytest
from numpy.testing import assert_allclose

from model import stellar
from model.physics import domain
from model.physics.galaxy.halo import DEFAULTS

STARS = {
    "sn_ia_per_century": 0.0,
    "sn_ia_escape": 0.0,
    "xray_binary_share": 1.0,
    "hypernovae_per_century": 0.0,
    "grb_interval_yr": 1e12,
    "positron_energy_mev": 0.63,
}


def predict(surroundings, **values):
    inputs = {**DEFAULTS["gnfw"], "f_ps": 0.967, **STARS, **values}
    return stellar.Model().predict({name: np.array([float(v)]) for name, v in inputs.items()}, surroundings)


def test_all_of_the_needed_positrons_make_the_observed_flux(surroundings):
    found = predict(surroundings, r_sun_kpc=8.2)
    assert_allclose(found.flux_511kev, 0.9e-3, rtol=0.05)
    assert_allclose(found.positron_rate, 1.26e43, rtol=0.07)
    assert found.injection_energy.tolist() == [0.63]


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({}, domain.VALID),
        ({"xray_binary_share": 1.2}, domain.STARS_OUTSIDE),
        ({"positron_energy_mev": 0.0}, domain.NOT_POSITIVE),
        ({"r_sun_kpc": 20.0}, domain.HALO_OUTSIDE_TABLE),
    ],
)
def test_reasons(changes, reason, surroundings):
    assert predict(surroundings, **changes).reason.tolist() == [reason]
