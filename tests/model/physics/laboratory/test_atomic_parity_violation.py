import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from numpy.testing import assert_allclose

from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.laboratory.atomic_parity_violation import RADIUS_FM, range_factor, weak_charge_shift

FERMI = 1.16638e-11  # [MeV^-2]
ONE = np.ones(1)


def standard_model_like(strength):
    """A Z of the couplings of the Standard Model, from T3 - 2 Q sin^2, at tree level."""
    s2 = 0.2312
    left = {"e": -0.5 + s2, "u": 0.5 - 2 * s2 / 3, "d": -0.5 + s2 / 3}
    right = {"e": s2, "u": -2 * s2 / 3, "d": s2 / 3}
    template = dark_photon(ONE, ONE)
    fields = {f"g_{f}_{c}": strength * side[f] * ONE for c, side in (("l", left), ("r", right)) for f in "eud"}
    return type(template)(**{**vars(template), **fields})


def test_a_second_z_doubles_the_weak_charge():
    # Q_W(Cs) = Z (1 - 4 s^2) - N at tree level; g_Z^2 = 8 G_F m_Z^2 / sqrt2
    m_u = 91187.6
    couplings = standard_model_like(np.sqrt(8 * FERMI * m_u**2 / np.sqrt(2)))
    assert_allclose(weak_charge_shift(m_u * ONE, couplings), 55 * (1 - 4 * 0.2312) - 78, rtol=2e-3)


def test_scale_of_the_bound_of_2008():
    # sqrt|g_A g_V| below about 1e-7 m_U/MeV, for one vector charge of all quarks and a heavy U
    m_u, g = 300.0 * ONE, 1e-7 * 300.0
    template = visible_couplings("universal", ONE, g * ONE, ONE)
    couplings = type(template)(**{**vars(template), "g_e_l": -template.g_e_l})
    assert_allclose(weak_charge_shift(m_u, couplings), 2 * 0.46, rtol=0.1)


@pytest.mark.parametrize(
    "m_u, expected", [(1.0, 0.33), (2.4, 0.5), (5.0, 0.63), (10.0, 0.74), (20.0, 0.83), (100.0, 0.98)]
)
def test_range_factor_is_that_of_bouchiat_and_fayet(m_u, expected):
    # hep-ph/0410260 after Bouchiat and Piketty 1983 [M], from caesium wave functions
    assert_allclose(range_factor(m_u * ONE), expected, atol=0.011)


def test_range_factor_of_a_point_nucleus_in_closed_form():
    # Zero-energy Dirac-Coulomb functions are Bessel functions of sqrt(8 Z alpha m r), orders 2 gamma and 2 gamma +- 1;
    # the ratio of two light masses knows the nucleus only by its outside
    with mp.workdps(20):
        za, m = mp.mpf(55) / mp.mpf("137.035999"), mp.mpf("0.51099895")
        gamma = mp.sqrt(1 - za**2)

        def radial(kappa, r):
            x = mp.sqrt(8 * za * m * r)
            b, lower = mp.besselj(2 * gamma, x), mp.besselj(2 * gamma - 1, x)
            return (kappa + gamma) * b - x / 2 * lower, za * b

        def mixing(r):
            (g_s, f_s), (g_p, f_p) = radial(-1, r), radial(1, r)
            return g_p * f_s - f_p * g_s

        def moment(m_u):
            return mp.quad(lambda r: r * mp.exp(-m_u * r) / r**2 * m_u**2 * mixing(r), [0, 1 / m_u, 10 / m_u, 40 / m_u])

        expected = float(moment(mp.mpf(1)) / moment(mp.mpf(3)))
    found = range_factor(1.0 * ONE) / range_factor(3.0 * ONE)
    assert_allclose(found, expected, rtol=0.03)  # the size of the nucleus, 6 fm of 66


@given(st.floats(min_value=0.5, max_value=1e3))
def test_range_factor_rises_towards_one(m_u):
    low, high = range_factor(np.array([m_u, 1.2 * m_u]))
    assert 0.0 < low < high < 1.0


@pytest.mark.parametrize("charges", ["kinetic_mixing", "universal"])
def test_vector_electrons_violate_no_parity(charges):
    assert weak_charge_shift(10 * ONE, visible_couplings(charges, ONE, 1e-3 * ONE, ONE)) == 0.0


def test_hypercharge_does():
    # g_A = -1/4, g_V = 5/12 and -1/12 in units of chi g': 2Z + N = 188, Z + 2N = 211
    chi, g_prime = 1e-6, np.sqrt(4 * np.pi / 137.036 / (1 - 0.2312))
    expected = 2 * np.sqrt(2) * (chi * g_prime) ** 2 * -0.25 * (188 * 5 / 12 - 211 / 12) / (FERMI * 1e6)
    found = weak_charge_shift(1e3 * ONE, visible_couplings("hypercharge", ONE, chi * ONE, ONE))
    assert_allclose(found, expected, rtol=3e-3)


def test_radius_is_the_charge_radius_of_caesium():
    assert_allclose(RADIUS_FM * np.sqrt(3 / 5), 4.804, rtol=1e-12)
