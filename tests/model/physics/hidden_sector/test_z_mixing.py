import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reference import couplings_oracle as oracle

from model.physics.constants import COS_THETA_W, E_CHARGE, SIN2_THETA_W, SIN_THETA_W, Z_MASS
from model.physics.hidden_sector.z_mixing import chi_of_epsilon, diagonalise, w_mass_gev

GEV = 1e3
# (electric charge, weak isospin) of chiral fermions
FERMIONS = {"e_l": (-1.0, -0.5), "e_r": (-1.0, 0.0), "nu": (0.0, 0.5), "u_l": (2 / 3, 0.5), "d_r": (-1 / 3, 0.0)}

mixings = st.floats(min_value=1e-8, max_value=1e-1)
masses = st.floats(min_value=1.0, max_value=3e4)  # [MeV], U lighter than Z


def mix(chi, m_x):
    return diagonalise(np.array([chi]), np.array([m_x]))


@pytest.mark.parametrize("m_x", [0.01, 0.1, 1.0, 10.0, 30.0, 80.0, 91.0, 100.0, 300.0])
@pytest.mark.parametrize("chi", [1e-6, 1e-4, 1e-3, 1e-2, 0.03, 0.1])
def test_couplings_match_the_brute_force_eigenproblem(chi, m_x):
    states, found = oracle.neutral_bosons(chi, m_x * GEV), mix(chi, m_x * GEV)
    for charge, isospin in FERMIONS.values():
        expected_u = oracle.fermion_coupling(states["U"][1], charge, isospin)
        expected_z = oracle.fermion_coupling(states["Z"][1], charge, isospin)
        assert_allclose(found.coupling_u(charge, isospin)[0], expected_u, rtol=1e-9, atol=1e-20)
        assert_allclose(found.coupling_z(charge, isospin)[0], expected_z, rtol=1e-9)
        standard = E_CHARGE / (SIN_THETA_W * COS_THETA_W) * (isospin - SIN2_THETA_W * charge)
        assert_allclose(found.shift_z(charge, isospin)[0], expected_z - standard, rtol=1e-6, atol=3e-16)


@pytest.mark.parametrize("m_x", [0.01, 0.1, 1.0, 10.0, 30.0, 91.0, 300.0])
@pytest.mark.parametrize("chi", [1e-6, 1e-3, 0.03, 0.1])
def test_masses_match_the_brute_force_eigenproblem(chi, m_x):
    states, found = oracle.neutral_bosons(chi, m_x * GEV), mix(chi, m_x * GEV)
    assert_allclose(found.m_u[0], float(states["U"][0]), rtol=1e-12)
    assert_allclose(found.m_z[0], float(states["Z"][0]), rtol=1e-12)


@pytest.mark.parametrize("m_x", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("chi", [1e-6, 1e-3, 0.1])
def test_dark_charge_is_shared_by_u_and_z_only(chi, m_x):
    states, found = oracle.neutral_bosons(chi, m_x * GEV), mix(chi, m_x * GEV)
    assert abs(states["photon"][1][2]) < 1e-30
    assert_allclose(found.dark_scale * found.cos_a, float(states["U"][1][2]), rtol=1e-12)
    assert_allclose(found.dark_scale * found.sin_a, float(states["Z"][1][2]), rtol=1e-9)


@pytest.mark.parametrize("fermion", FERMIONS)
def test_shift_of_a_coupling_of_z_goes_with_the_square_of_a_mixing_however_small(fermion):
    small, large = (mix(chi, 10.0).shift_z(*FERMIONS[fermion])[0] for chi in (1e-8, 1e-4))
    assert_allclose(small / large, 1e-8, rtol=1e-6)


def test_vector_coupling_at_three_percent_is_1_00035_of_epsilon_e():
    found = mix(0.03, 10.0)
    vector = 0.5 * (found.coupling_u(-1.0, -0.5) + found.coupling_u(-1.0, 0.0))[0]
    assert f"{vector / (-0.03 * COS_THETA_W * E_CHARGE):.5f}" == "1.00035"


def test_rho_at_three_percent_moves_by_minus_2_08e_4():
    assert f"{mix(0.03, 10.0).delta_rho[0]:.2e}" == "-2.08e-04"


def test_left_handed_electron_loses_0_546_chi_squared_of_its_z_coupling():
    # the change is of second order: a small chi leaves too few digits, a large one has chi^4 in it
    chi = 1e-3
    standard = E_CHARGE / (SIN_THETA_W * COS_THETA_W) * (-0.5 + SIN2_THETA_W)
    assert f"{(mix(chi, 10.0).coupling_z(-1.0, -0.5)[0] / standard - 1) / chi**2:.3f}" == "-0.546"


@pytest.mark.parametrize("m_u, printed", [(10.0, "7.8e-09"), (1e3, "7.8e-05")])
def test_neutrino_coupling_in_units_of_epsilon_e(m_u, printed):
    chi = 1e-4
    assert f"{mix(chi, m_u).coupling_u(0.0, 0.5)[0] / (chi * COS_THETA_W * E_CHARGE):.1e}" == printed


@pytest.mark.parametrize("m_u", [10.0, 1e3])
def test_axial_electron_coupling_is_half_that_of_the_neutrino(m_u):
    found = mix(1e-4, m_u)
    axial = 0.5 * (found.coupling_u(-1.0, 0.0) - found.coupling_u(-1.0, -0.5))
    # the axial part is the difference of two couplings 1e9 times larger at 10 MeV
    assert_allclose(axial, 0.5 * found.coupling_u(0.0, 0.5), rtol=1e-6)


@given(st.floats(min_value=1e-8, max_value=3e-2), st.floats(min_value=1.0, max_value=1e3))
def test_light_u_follows_the_printed_expansion(chi, m_x):
    found, delta = mix(chi, m_x), (m_x / Z_MASS) ** 2
    for charge, isospin in FERMIONS.values():
        expected = E_CHARGE * chi * COS_THETA_W * (charge + delta * (isospin - SIN2_THETA_W * charge) / COS_THETA_W**2)
        assert_allclose(found.coupling_u(charge, isospin)[0], expected, rtol=2 * chi**2 + 3 * delta + 1e-9)


@given(st.floats(min_value=1e-4, max_value=3e-2))
def test_z_mass_of_a_light_u_grows_by_chi_squared_s_squared(chi):
    assert_allclose((mix(chi, 10.0).m_z[0] / Z_MASS) ** 2 - 1, (chi * SIN_THETA_W) ** 2, rtol=2 * chi**2, atol=1e-15)
    assert_allclose(mix(chi, 10.0).delta_rho[0], -((chi * SIN_THETA_W) ** 2), rtol=3 * chi**2, atol=1e-15)


@given(st.floats(min_value=1e-6, max_value=1e-2))
def test_z_couples_to_the_dark_current_with_minus_chi_s(chi):
    found = mix(chi, 10.0)
    assert_allclose(found.dark_scale * found.sin_a, -chi * SIN_THETA_W, rtol=2 * chi**2 + 1e-7)


@given(mixings, masses)
def test_product_of_masses_is_the_determinant(chi, m_x):
    found = mix(chi, m_x)
    assert_allclose(found.m_u * found.m_z, m_x * Z_MASS / np.sqrt(1 - chi**2), rtol=1e-12)


@given(mixings, masses)
def test_sign_of_the_mixing_flips_the_visible_couplings_of_u_only(chi, m_x):
    plus, minus = mix(chi, m_x), mix(-chi, m_x)
    for charge, isospin in FERMIONS.values():
        assert_array_equal(minus.coupling_u(charge, isospin), -plus.coupling_u(charge, isospin))
        assert_array_equal(minus.coupling_z(charge, isospin), plus.coupling_z(charge, isospin))


def test_no_mixing_is_the_standard_model():
    found = mix(0.0, 10.0)
    assert [found.m_u[0], found.m_z[0], found.delta_rho[0]] == [pytest.approx(10.0, rel=1e-14), Z_MASS, 0.0]
    assert found.coupling_u(-1.0, -0.5)[0] == 0.0


def test_mixing_with_hypercharge_is_epsilon_over_cos_theta_w():
    assert_allclose(chi_of_epsilon(np.array([0.03])), 0.03 / np.sqrt(1 - 0.2312), rtol=1e-12)


def test_w_mass_falls_by_0_165_chi_squared():
    assert_allclose(
        w_mass_gev(np.array([0.0, 0.03, 0.1])), 80.353 * (1 - 0.165 * np.array([0, 9e-4, 1e-2])), rtol=1e-14
    )


@pytest.mark.parametrize("chi", [1.0, -1.0, 2.0, np.nan])
def test_rejects_a_mixing_of_one_or_more(chi):
    with pytest.raises(ValueError, match=r"\|chi\| must be < 1"):
        mix(chi, 10.0)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_batch_equals_row_by_row(n, rng):
    chi, m_x = 10 ** rng.uniform(-6, -1, n), 10 ** rng.uniform(0, 5, n)
    batch = diagonalise(chi, m_x)
    for name in ("m_u", "m_z", "sin_a", "cos_a", "eta", "dark_scale"):
        assert getattr(batch, name).shape == (n,)
        assert_allclose(getattr(batch, name), [getattr(mix(*row), name)[0] for row in zip(chi, m_x, strict=True)])


def test_the_lighter_state_keeps_its_mass_where_the_mixing_is_all_but_one():
    chi = 1.0 - np.array([1e-6, 1e-9, 1e-12, 1.1e-16])
    found = diagonalise(chi, np.full(4, 10.0))
    # The determinant and, for large eta, the larger eigenvalue eta^2 s^2 + delta give the smaller one.
    eta2 = chi**2 / ((1.0 - chi) * (1.0 + chi))
    delta = (10.0 / Z_MASS) ** 2 / ((1.0 - chi) * (1.0 + chi))
    assert_allclose((found.m_z / Z_MASS) ** 2, delta / (1.0 + eta2 * SIN_THETA_W**2 + delta), rtol=1e-5)
    assert np.isfinite(found.delta_rho).all()
