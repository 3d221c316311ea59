import pytest
from scipy import constants as codata

from model.physics import units


def test_conversions_are_those_of_theory_4_and_7():
    assert f"{units.CM3_S_PER_MEV_MINUS2:.5e}" == "1.16733e-11"
    assert f"{1 / units.CM2_G_PER_MEV_MINUS3:.2e}" == "4.58e-06"
    assert f"{units.CM2_PER_MEV_MINUS2:.3e}" == "3.894e-22"
    assert pytest.approx(codata.value("reduced Planck constant in eV s") * 1e-6, rel=1e-9) == units.SECONDS_TIMES_MEV
    assert pytest.approx(codata.e / codata.c**2 * 1e9, rel=1e-8) == units.G_PER_MEV


def test_conversions_agree_with_si():
    mev_kg = 1e6 * codata.e / codata.c**2
    hbar_c_mev_m = codata.hbar * codata.c / codata.e / 1e6
    assert pytest.approx(1e4 * hbar_c_mev_m**2, rel=1e-9) == units.CM2_PER_MEV_MINUS2
    assert pytest.approx(1e6 * hbar_c_mev_m**2 * codata.c, rel=1e-9) == units.CM3_S_PER_MEV_MINUS2
    assert pytest.approx(1e4 * hbar_c_mev_m**2 / (1e3 * mev_kg), rel=1e-8) == units.CM2_G_PER_MEV_MINUS3


def test_prefixes_are_steps_of_a_thousand():
    assert units.GEV_PER_TEV * units.MEV_PER_GEV == 1e6
