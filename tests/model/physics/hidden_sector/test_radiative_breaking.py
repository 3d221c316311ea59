from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import couplings_oracle as oracle

from model.physics.constants import HYPERCHARGE_COUPLING2_MZ
from model.physics.hidden_sector.radiative_breaking import GAUGE_COUPLING, MIXING, SOFT_MASS, RadiativeBreaking

KINETIC = RadiativeBreaking("kinetic_mixing", 1e9, higgs_doublets=False)


def m_rad(breaking, g=0.4, chi=1e-3, m_soft=2.0):
    values = {"g": g, "chi": chi, "m_soft_tev": m_soft}
    return breaking.m_rad({name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in values.items()})


def test_mass_is_eq_2_with_sum_of_squared_hypercharges_ten():
    # g_Uff = chi g' Y and sum Y^2 = 10 over the MSSM sfermions (docs/physics/model.md 2)
    total = 10.0 * 1e-6 * HYPERCHARGE_COUPLING2_MZ
    expected = float(-oracle.radiative_mass_squared(0.4, total, 2.0, 1e9)) ** 0.5
    assert_allclose(m_rad(KINETIC), expected, rtol=1e-12)


def test_higgs_doublets_add_one_to_the_sum():
    both = replace(KINETIC, higgs_doublets=True)
    assert_allclose((m_rad(both) / m_rad(KINETIC)) ** 2, 1.1, rtol=1e-12)


@pytest.mark.parametrize("charges", ["kinetic_mixing", "hypercharge", "universal"])
@pytest.mark.parametrize("order", ["leading_log", "two_loop"])
def test_coordinates_have_the_mass_that_the_model_gives(charges, order):
    # The first coordinate is ln m_dm: two points of equal mass have it in common, whatever made the mass.
    breaking = RadiativeBreaking(charges, 1e9, higgs_doublets=False, order=order)
    coordinates = breaking.sampling_coordinates(0.7, has_lambda=False)
    g, chi, m_soft = np.array([0.2, 0.9, 1.7]), np.array([1e-4, 3e-3, 2e-5]), np.array([0.4, 3.0, 40.0])
    mass = 0.7 * m_rad(breaking, g, chi, m_soft)
    power = 2 if charges == "universal" else 1
    logarithm = np.sqrt(2.0 * np.log(coordinates.lambda_uv_tev / m_soft))
    assert_allclose(coordinates.mass_factor * g**power * chi * m_soft * logarithm, mass, rtol=1e-12)
    assert coordinates.gauge_power == power
    assert not coordinates.has_lambda


def test_constant_beside_the_logarithm_acts_like_a_higher_scale():
    two_loop = replace(KINETIC, order="two_loop")
    constant = np.pi**2 / 3.0 - 2.0
    higher = replace(KINETIC, lambda_uv_gev=1e9 * np.exp(0.5 * constant))
    assert_allclose(m_rad(two_loop), m_rad(higher), rtol=1e-12)


def test_symmetry_is_not_broken_without_running():
    found = m_rad(KINETIC, m_soft=np.array([1.0, 999999.0, 1e6, 1e7]))
    assert np.isfinite(found).tolist() == [True, True, False, False]


def test_mass_of_no_points():
    assert m_rad(KINETIC, np.empty(0), np.empty(0), np.empty(0)).shape == (0,)


@pytest.mark.parametrize("scale", [0.0, -1e9, float("nan")])
def test_a_scale_that_is_not_positive_is_refused(scale):
    with pytest.raises(ValueError, match=r"lambda_uv_gev is .*; allowed: > 0"):
        replace(KINETIC, lambda_uv_gev=scale)


def test_parameters_are_those_of_the_paper():
    assert [p.name for p in (GAUGE_COUPLING, MIXING, SOFT_MASS)] == ["g", "chi", "m_soft_tev"]
    assert MIXING.range.contains(np.array([0.0, 1e-9, 0.999, 1.0])).tolist() == [False, True, True, False]
    assert GAUGE_COUPLING.range.contains(np.array([0.0, 3.0])).tolist() == [False, True]


def test_without_a_spectrum_any_positive_scale_is_taken():
    assert RadiativeBreaking("kinetic_mixing", 1e-3, higgs_doublets=False).scalars == ()


@pytest.mark.parametrize("lambda_uv_gev", [500.0, 1.0])
def test_coordinates_exist_where_the_cutoff_is_below_a_tev(lambda_uv_gev):
    low = replace(KINETIC, lambda_uv_gev=lambda_uv_gev)
    coordinates = low.sampling_coordinates(1.0, has_lambda=False)
    m_soft = 0.3e-3 * lambda_uv_gev
    logarithm = np.sqrt(2.0 * np.log(coordinates.lambda_uv_tev / m_soft))
    assert_allclose(coordinates.mass_factor * 0.4e-3 * m_soft * logarithm, m_rad(low, m_soft=m_soft), rtol=1e-12)
