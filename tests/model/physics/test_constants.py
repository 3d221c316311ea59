import pytest
from scipy import constants as codata

from model.physics import constants

# Pinned to every printed digit: a change of constants is a change of results. CODATA 2022, PDG 2024.
PINS = {
    "ALPHA": 1 / 137.035999177,
    "ELECTRON_MASS": 0.51099895069,
    "MUON_MASS": 105.6583755,
    "HBAR_C_MEV_CM": 1.973269804e-11,
    "LIGHT_SPEED_CM_S": 29979245800.0,
    "LIGHT_SPEED_KM_S": 299792.458,
    "BOLTZMANN_MEV_K": 8.617333262e-11,
    "FERMI_CONSTANT": 1.1663787e-11,
    "PLANCK_MASS": 1.220890e22,
    "NEWTON_KPC_KM2_S2_MSUN": 4.30091e-6,
    "TAU_MASS": 1776.93,
    "CHARGED_PION_MASS": 139.57039,
    "Z_MASS": 91187.6,
    "SIN2_THETA_W": 0.2312,
    "INVERSE_ALPHA_MZ": 127.95,
    "CMB_TEMPERATURE_K": 2.7255,
    "KPC_CM": 3.0856775814913673e21,
    "SOLAR_MASS_GEV": 1.115417e57,
}
DERIVED = {"COS_THETA_W", "SIN_THETA_W", "E_CHARGE", "HYPERCHARGE_COUPLING2_MZ"}
SOLAR_GM = 1.3271244e20  # nominal GM_sun [m^3/s^2] (IAU 2015 resolution B3)
AU_M = 149597870700.0  # [m], exact (IAU 2012 resolution B2)


def test_every_constant_is_pinned_or_derived():
    assert {name for name in vars(constants) if name.isupper()} == {*PINS, *DERIVED}


@pytest.mark.parametrize("name", PINS)
def test_constant_is_pinned(name):
    assert getattr(constants, name) == pytest.approx(PINS[name], rel=1e-15)


@pytest.mark.parametrize(
    "name, key, unit, accuracy",
    [
        ("ALPHA", "fine-structure constant", 1.0, 2e-9),
        ("ELECTRON_MASS", "electron mass energy equivalent in MeV", 1.0, 1e-9),
        ("MUON_MASS", "muon mass energy equivalent in MeV", 1.0, 1e-7),
        ("HBAR_C_MEV_CM", "reduced Planck constant times c in MeV fm", 1e-13, 1e-9),
        ("LIGHT_SPEED_CM_S", "speed of light in vacuum", 1e2, 1e-15),
        ("BOLTZMANN_MEV_K", "Boltzmann constant in eV/K", 1e-6, 1e-9),
        ("FERMI_CONSTANT", "Fermi coupling constant", 1e-6, 1e-6),
        ("PLANCK_MASS", "Planck mass energy equivalent in GeV", 1e3, 1e-5),
    ],
)
def test_constant_agrees_with_codata_of_scipy(name, key, unit, accuracy):
    assert getattr(constants, name) == pytest.approx(codata.value(key) * unit, rel=accuracy)


def test_derived_constants_are_those_of_theory_1():
    assert f"{constants.HYPERCHARGE_COUPLING2_MZ:.4f}" == "0.1277"
    assert pytest.approx(4 * codata.pi * constants.ALPHA, rel=1e-15) == constants.E_CHARGE**2
    assert pytest.approx(1.0, rel=1e-15) == constants.COS_THETA_W**2 + constants.SIN_THETA_W**2


def test_astronomical_constants_follow_from_the_resolutions_of_the_iau():
    kpc_m = 1e3 * AU_M * 648000.0 / codata.pi
    assert pytest.approx(1e2 * kpc_m, rel=1e-15) == constants.KPC_CM
    newton = SOLAR_GM / kpc_m / 1e6  # 4.300917e-6; the constant is cut, and not rounded, after six digits
    assert pytest.approx(newton, rel=2e-6) == constants.NEWTON_KPC_KM2_S2_MSUN
    solar_mass_kg = SOLAR_GM / codata.G
    assert pytest.approx(solar_mass_kg * codata.c**2 / codata.e / 1e9, rel=1e-6) == constants.SOLAR_MASS_GEV


def test_fermi_constant_gives_the_mass_of_the_z_with_the_running_couplings():
    # At tree level G_F = pi alpha / (sqrt(2) s^2 c^2 m_Z^2); the parameters at m_Z absorb most of the loops.
    s2 = constants.SIN2_THETA_W
    tree = codata.pi / constants.INVERSE_ALPHA_MZ / (2**0.5 * s2 * (1.0 - s2) * constants.Z_MASS**2)
    assert pytest.approx(tree, rel=0.01) == constants.FERMI_CONSTANT
