from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model import annihilating, stellar
from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy.halo import DEFAULTS
from model.physics.galaxy.line_settings import LineSettings
from model.physics.line_prediction import LinePrediction
from model.physics.positrons.in_flight_annihilation import survival_probability

STARS = {
    "sn_ia_per_century": 0.03,
    "sn_ia_escape": 0.03,
    "xray_binary_share": 0.5,
    "hypernovae_per_century": 0.0,
    "grb_interval_yr": 1e12,
    "positron_energy_mev": 0.6,
}
HALO = {"m_dm_mev": 3.0, "sigma_v_p_cm3_s": 2e-24}

MODELS = ((annihilating.Model(), HALO), (stellar.Model(), STARS))


def predict(model, surroundings, n=2, **values) -> LinePrediction:
    inputs = {**DEFAULTS["gnfw"], "f_ps": 0.967, **values}
    return model.predict({name: np.full(n, float(value)) for name, value in inputs.items()}, surroundings)


def test_sources_add_up(surroundings):
    halo = predict(annihilating.Model(), surroundings, **HALO)
    stars = predict(stellar.Model(), surroundings, **STARS)
    both = predict(annihilating.Model(stellar_sources=True), surroundings, **HALO, **STARS)
    assert_allclose(both.flux_511kev, halo.flux_511kev + stars.flux_511kev, rtol=1e-12)
    assert_allclose(both.annuli_511kev, halo.annuli_511kev + stars.annuli_511kev, rtol=1e-12)
    share = halo.flux_511kev / both.flux_511kev
    mean = share * halo.injection_energy + (1.0 - share) * stars.injection_energy
    assert_allclose(both.injection_energy, mean, rtol=1e-12)
    assert np.all((stars.injection_energy < mean) & (mean < halo.injection_energy))


def test_each_source_loses_the_positrons_that_annihilate_in_flight(surroundings):
    slowed = replace(surroundings, line=LineSettings(in_flight_losses=True))
    for model, values, e_kin in ((annihilating.Model(), HALO, 3.0 - ELECTRON_MASS), (stellar.Model(), STARS, 0.6)):
        before, after = (predict(model, around, **values, x_ion=0.2) for around in (surroundings, slowed))
        kept = survival_probability(np.array([e_kin]), 0.2)[0]
        assert_allclose(after.flux_511kev, kept * before.flux_511kev, rtol=3e-4)
        assert_allclose(after.annuli_511kev, kept * before.annuli_511kev, rtol=3e-4)
        assert_allclose(after.fraction_at_rest, kept, rtol=3e-4)
        assert before.fraction_at_rest.tolist() == [1.0, 1.0]
        assert after.injection_energy.tolist() == before.injection_energy.tolist()
    both = predict(annihilating.Model(stellar_sources=True), slowed, **HALO, **STARS, x_ion=0.2)
    alone = [predict(model, slowed, **values, x_ion=0.2) for model, values in MODELS]
    assert_allclose(both.flux_511kev, alone[0].flux_511kev + alone[1].flux_511kev, rtol=1e-12)


def test_positron_rate_is_that_of_the_published_convention(surroundings):
    # docs/physics/galaxy.md 4: 1.05e-3 ph/cm^2/s at 8.5 kpc with f_Ps = 0.93 is 1.5e43 positrons/s
    found = predict(stellar.Model(), surroundings, **STARS, r_sun_kpc=8.5)
    scaled = found.positron_rate * 1.05e-3 / found.flux_511kev
    assert_allclose(scaled * (2.0 - 1.5 * 0.967) / (2.0 - 1.5 * 0.93), 1.5e43, rtol=0.01)


def test_select_keeps_rows(surroundings):
    prediction = predict(annihilating.Model(stellar_sources=True), surroundings, 3, **HALO, **STARS)
    kept = prediction.select(np.array([True, False, True]))
    assert kept.reason.shape == (2,)
    assert_allclose(kept.flux_511kev, prediction.flux_511kev[[0, 2]], rtol=1e-12)
    assert_allclose(kept.annuli_511kev, prediction.annuli_511kev[[0, 2]], rtol=1e-12)


def test_annuli_need_a_table(surroundings):
    bare = replace(surroundings, annuli=None)
    for model, values in MODELS:
        with pytest.raises(ValueError, match="table of annuli"):
            _ = predict(model, bare, **values).annuli_511kev
