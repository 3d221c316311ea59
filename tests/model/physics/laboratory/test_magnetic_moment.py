import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference import couplings_oracle as oracle
from reference.couplings import couplings_of

from model.physics.constants import ALPHA, E_CHARGE, ELECTRON_MASS, MUON_MASS
from model.physics.laboratory.magnetic_moment import loop_functions, moment_shift

MASSES = [1.0, 1.03, 2.0, 17.0, 51.1, 300.0, 1e3, 1e4]  # [MeV], the prior range

masses = st.floats(min_value=1.0, max_value=1e4)
strengths = st.floats(min_value=1e-9, max_value=3e-2)
signs = st.sampled_from([-1.0, 1.0])


def couplings(g_v, g_a):
    """g_V = (gL + gR)/2, g_A = (gR - gL)/2."""
    left, right = np.array([g_v - g_a]), np.array([g_v + g_a])
    return couplings_of(0.0, left, right)


def shift(m_u, g_v=0.0, g_a=0.0, lepton_mass=ELECTRON_MASS):
    return moment_shift(np.array([m_u]), couplings(g_v, g_a), lepton_mass)[0]


@pytest.mark.parametrize("m_u", MASSES)
def test_vector_matches_adaptive_quadrature(m_u):
    assert_allclose(shift(m_u, g_v=3e-4), oracle.moment_shift(m_u, 3e-4, 0.0), rtol=1e-9)


@pytest.mark.parametrize("m_u", MASSES)
def test_axial_matches_adaptive_quadrature(m_u):
    assert_allclose(shift(m_u, g_a=1e-4), oracle.moment_shift(m_u, 0.0, 1e-4), rtol=1e-9)


@pytest.mark.parametrize("m_u", [1.0, 10.0, 105.7, 1e3, 1e4])
def test_muon_matches_adaptive_quadrature(m_u):
    expected = oracle.moment_shift(m_u, 3e-4, 1e-5, lepton=MUON_MASS)
    # vector and axial parts nearly cancel for a light U: the error is relative to either
    assert_allclose(shift(m_u, 3e-4, 1e-5, MUON_MASS), expected, rtol=1e-7)


@pytest.mark.parametrize(
    "m_u, vector, axial, vector_over_heavy, axial_over_heavy",
    [
        (0.1, "7.354e-10", "-7.039e-09", ".036", ".64"),
        (1.0, "1.0812e-10", "-9.596e-11", ".535", ".870"),
        (5.0, "7.410e-12", "-4.323e-12", ".916", ".980"),
        (10.0, "1.9595e-12", "-1.0948e-12", ".969", ".993"),
        (30.0, "2.2345e-13", "-1.2235e-13", ".995", ".999"),
        (100.0, "2.0204e-14", "-1.1022e-14", ".999", "1.000"),
    ],
)
def test_table_of_kinetic_mixing_6_to_printed_digits(m_u, vector, axial, vector_over_heavy, axial_over_heavy):
    found_vector, found_axial = shift(m_u, g_v=1e-3 * E_CHARGE), shift(m_u, g_a=1e-4)
    ratio = (m_u / ELECTRON_MASS) ** 2
    heavy_vector = (1e-3 * E_CHARGE) ** 2 / (12 * np.pi**2 * ratio)
    heavy_axial = -5 * 1e-8 / (12 * np.pi**2 * ratio)

    def printed(value, like):
        if "e" in like:
            return f"{value:.{len(like.split('e')[0].lstrip('-')) - 2}e}"
        return f"{value:.{len(like.split('.')[1])}f}".removeprefix("0")

    assert printed(found_vector, vector) == vector
    assert printed(found_axial, axial) == axial
    assert printed(found_vector / heavy_vector, vector_over_heavy) == vector_over_heavy
    assert printed(found_axial / heavy_axial, axial_over_heavy) == axial_over_heavy


def test_muon_number_of_kinetic_mixing_6():
    assert f"{shift(10.0, g_v=1e-3 * E_CHARGE, lepton_mass=MUON_MASS):.2e}" == "9.09e-10"


@pytest.mark.parametrize(
    "m_u, per_coupling2", [(1.0, "1.18e-03"), (3.0, "2.06e-04"), (10.0, "2.14e-05"), (30.0, "2.44e-06")]
)
def test_checks_of_observations_6(m_u, per_coupling2):
    assert f"{shift(m_u, g_v=1e-3) / 1e-6:.2e}" == per_coupling2


def test_heavy_u_decouples():
    m_u = 1e4
    ratio = (m_u / ELECTRON_MASS) ** 2
    assert_allclose(shift(m_u, g_v=1e-3), 1e-6 / (12 * np.pi**2 * ratio), rtol=1e-6)
    assert_allclose(shift(m_u, g_a=1e-3), -5e-6 / (12 * np.pi**2 * ratio), rtol=1e-6)


def test_light_u_limits():
    # a lepton far heavier than U: g_V^2 / 8 pi^2 and -g_A^2 / 4 pi^2 R, corrections of order sqrt R
    m_u, lepton = 1.0, 1e5
    ratio = (m_u / lepton) ** 2
    assert_allclose(shift(m_u, g_v=1e-3, lepton_mass=lepton), 1e-6 / (8 * np.pi**2), rtol=1e-4)
    assert_allclose(shift(m_u, g_a=1e-3, lepton_mass=lepton), -1e-6 / (4 * np.pi**2 * ratio), rtol=1e-4)


def test_massless_photon_gives_schwinger():
    assert_allclose(shift(1e-5, g_v=E_CHARGE), ALPHA / (2 * np.pi), rtol=1e-4)


def test_loops_keep_their_stated_accuracy_at_the_ends_of_their_range():
    for ratio in (1e-4, 1e14):
        vector, axial = loop_functions(np.array([ratio]))
        assert_allclose(vector[0], float(oracle.loop_vector(ratio)), rtol=1e-9)
        assert_allclose(axial[0], float(oracle.loop_axial(ratio)), rtol=1e-9)


@given(masses, strengths)
def test_vector_raises_and_axial_lowers_the_moment(m_u, strength):
    assert shift(m_u, g_v=strength) > 0.0 > shift(m_u, g_a=strength)


@given(masses, strengths)
def test_is_quadratic_in_the_coupling(m_u, strength):
    assert_allclose(shift(m_u, g_v=2 * strength), 4 * shift(m_u, g_v=strength), rtol=1e-12)
    assert_allclose(shift(m_u, g_a=2 * strength), 4 * shift(m_u, g_a=strength), rtol=1e-12)


@given(masses, strengths, strengths, signs, signs)
def test_depends_on_neither_sign_nor_handedness(m_u, g_v, g_a, sign_v, sign_a):
    assert_allclose(shift(m_u, sign_v * g_v, sign_a * g_a), shift(m_u, g_v, g_a), rtol=1e-9, atol=1e-12 * g_v**2)


@given(masses, masses)
def test_falls_with_the_mass_of_u(one, other):
    light, heavy = sorted((one, other))
    assume(heavy > light * (1 + 1e-9))
    assert shift(light, g_v=1e-3) > shift(heavy, g_v=1e-3)
    assert shift(light, g_a=1e-3) < shift(heavy, g_a=1e-3)


@given(masses, st.floats(min_value=1e-2, max_value=1e2))
def test_does_not_change_when_all_masses_are_scaled(m_u, factor):
    scaled = shift(factor * m_u, 1e-3, 1e-4, factor * ELECTRON_MASS)
    assert_allclose(scaled, shift(m_u, 1e-3, 1e-4), rtol=1e-9)


@pytest.mark.parametrize("mass", [0.0, -1.0, np.nan])
def test_rejects_a_mass_that_is_not_positive(mass):
    ratio = np.array([mass])
    with pytest.raises(ValueError, match=r"\(m_U/m_lepton\)\^2 must be > 0"):
        loop_functions(ratio)


@pytest.mark.parametrize("m_u", [0.0, -1.0, np.nan])
def test_rejects_a_u_whose_mass_is_not_positive(m_u):
    with pytest.raises(ValueError, match="must be > 0"):
        shift(m_u, g_v=1e-3)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_batch_equals_row_by_row(n, rng):
    m_u, left, right = rng.uniform(1, 100, n), rng.normal(size=n), rng.normal(size=n)
    batch = moment_shift(m_u, couplings_of(np.zeros(n), left, right))
    assert batch.shape == (n,)
    rows = [shift(m, 0.5 * (le + ri), 0.5 * (ri - le)) for m, le, ri in zip(m_u, left, right, strict=True)]
    assert_allclose(batch, rows, rtol=1e-11)
