import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reference import couplings_oracle as oracle

from model.physics.hidden_sector.radiative_mass import (
    BESIDE_THE_LOGARITHM,
    SoftScalar,
    radiative_mass,
    radiative_mass_of_spectrum,
)

couplings = st.floats(min_value=1e-3, max_value=3.5)
sums = st.floats(min_value=1e-16, max_value=1e-2)  # chi^2 g'^2 sum Y^2 over the prior of chi
soft_masses = st.floats(min_value=0.1, max_value=100.0)  # [TeV]
factors = st.floats(min_value=1e-2, max_value=1e2)


def mass(g_uxx, sum_g_uff2, m_soft_tev, lambda_uv_gev=1e9, order="leading_log"):
    return radiative_mass(np.array([g_uxx]), np.array([sum_g_uff2]), np.array([m_soft_tev]), lambda_uv_gev, order)[0]


def test_the_check_of_the_paper_is_minus_6_380_mev2():
    # docs/physics/model.md 2: g_UXX = 1, one scalar of g_Uff = 1e-5, m_S = 4 TeV; the paper's Eq. (3) prints 6
    assert f"{-(mass(1.0, 1e-10, 4.0) ** 2):.3f}" == "-6.380"


@pytest.mark.parametrize("m_soft", [0.1, 0.31, 1.0, 4.0, 37.0, 100.0])
@pytest.mark.parametrize("cut", [1e6, 1e9, 1e16])
def test_matches_eq_2_in_multiple_precision(m_soft, cut):
    expected = oracle.radiative_mass_squared(0.7, 3.2e-9, m_soft, cut)
    assert_allclose(-(mass(0.7, 3.2e-9, m_soft, cut) ** 2), expected, rtol=1e-12)


@given(couplings, sums, soft_masses, factors)
def test_is_linear_in_the_hidden_coupling(g, total, m_soft, factor):
    assert_allclose(mass(factor * g, total, m_soft), factor * mass(g, total, m_soft), rtol=1e-12)


@given(couplings, sums, soft_masses, factors)
def test_goes_as_the_root_of_the_sum_of_squared_couplings(g, total, m_soft, factor):
    assert_allclose(mass(g, factor**2 * total, m_soft), factor * mass(g, total, m_soft), rtol=1e-12)


@given(couplings, sums, soft_masses, factors)
def test_scales_as_a_mass_when_every_mass_is_scaled(g, total, m_soft, factor):
    scaled = mass(g, total, factor * m_soft, factor * 1e9)
    assert_allclose(scaled, factor * mass(g, total, m_soft), rtol=1e-12)


@given(couplings, sums, soft_masses)
def test_slope_in_the_soft_mass_is_one_minus_one_over_the_logarithm(g, total, m_soft):
    # docs/physics/model.md 2: d ln m_rad / d ln m_soft = 1 - 1 / ln(Lambda^2 / m_soft^2)
    step = 1e-4
    slope = np.log(mass(g, total, m_soft * np.exp(step)) / mass(g, total, m_soft * np.exp(-step))) / (2 * step)
    assert_allclose(slope, 1 - 1 / np.log((1e6 / m_soft) ** 2), rtol=1e-7)


@pytest.mark.parametrize("cut", [1e3, 999.0, 10.0])
def test_no_breaking_at_or_above_the_cut_gives_nan(cut):
    assert np.isnan(mass(1.0, 1e-10, 1.0, cut))


@pytest.mark.parametrize("n", [0, 1, 5])
def test_batch_equals_row_by_row(n, rng):
    g, total, m_soft = rng.uniform(0.1, 1, n), rng.uniform(1e-12, 1e-6, n), rng.uniform(0.1, 100, n)
    batch = radiative_mass(g, total, m_soft, 1e9)
    assert batch.shape == (n,)
    assert_array_equal(batch, [mass(*row) for row in zip(g, total, m_soft, strict=True)])


@pytest.mark.parametrize("x, kernel", [(1e-2, 0.026386), (1.0, 0.544522), (1e2, 0.990103)])
def test_kernel_of_the_momentum_of_u(x, kernel):
    assert_allclose(float(oracle.momentum_kernel(x)), kernel, atol=1e-6)


def test_two_loop_constant_is_that_of_a_cut_off_and_one():
    # DR-bar' keeps one more than a cut-off on the momentum of U, docs/physics/consistency.md 1
    assert_allclose(oracle.constant_with_a_cut_off() + 1.0, BESIDE_THE_LOGARITHM["two_loop"], atol=1e-5)


@pytest.mark.parametrize("m_soft, gain", [(1.0, 1.0467), (100.0, 1.0700)])
def test_two_loops_raise_the_squared_mass_by_five_to_seven_percent(m_soft, gain):
    ratio = mass(0.7, 1e-9, m_soft, order="two_loop") / mass(0.7, 1e-9, m_soft)
    assert_allclose(ratio**2, gain, atol=1e-4)


@pytest.mark.parametrize("m_soft", [0.1, 4.0, 100.0])
def test_two_loop_mass_matches_multiple_precision(m_soft):
    expected = oracle.radiative_mass_squared(0.7, 3.2e-9, m_soft, 1e9, np.pi**2 / 3 - 2)
    assert_allclose(-(mass(0.7, 3.2e-9, m_soft, order="two_loop") ** 2), expected, rtol=1e-12)


@pytest.mark.parametrize("cut", [1e3, 999.0])
def test_two_loops_do_not_break_the_symmetry_above_the_cut(cut):
    assert np.isnan(mass(1.0, 1e-10, 1.0, cut, "two_loop"))


def of_spectrum(*scalars, order="leading_log"):
    spectrum = [SoftScalar(weight, m2) for weight, m2 in scalars]
    return radiative_mass_of_spectrum(np.array([0.4]), np.array([1e-9]), spectrum, 1e9, order)[0]


@pytest.mark.parametrize("order", BESIDE_THE_LOGARITHM)
def test_a_spectrum_of_one_mass_is_the_common_mass(order):
    expected = mass(0.4, 10.0 * 1e-9, 4.0, order=order)
    assert_allclose(of_spectrum((10.0, 4000.0**2), order=order), expected, rtol=1e-12)
    assert_allclose(of_spectrum((3.0, 4000.0**2), (7.0, 4000.0**2), order=order), expected, rtol=1e-12)


def test_a_scalar_without_a_mass_adds_nothing_and_a_tachyon_takes_away():
    one = of_spectrum((10.0, 4000.0**2))
    assert of_spectrum((10.0, 4000.0**2), (5.0, 0.0)) == one
    assert_allclose(of_spectrum((10.0, 4000.0**2), (5.0, -(4000.0**2))), one * np.sqrt(0.5), rtol=1e-12)
    assert of_spectrum((1e-3, 1.0)) > 0.0
    assert np.isnan(of_spectrum((10.0, -(4000.0**2))))
    assert np.isnan(of_spectrum((10.0, 4000.0**2), (10.0, -(4000.0**2))))
