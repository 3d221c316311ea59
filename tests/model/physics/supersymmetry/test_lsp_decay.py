import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from model.physics.supersymmetry import lsp_decay
from model.physics.supersymmetry.lsp_decay import LspSettings

G_PRIME2 = 4 * np.pi / 127.95 / (1 - 0.2312)


def one(value):
    return np.array([value])


def test_neutralino_width_and_decay_length():
    width = lsp_decay.neutralino_width_gev(one(0.3 * 4e-5), 1.0, 100.0, 2)
    assert_allclose(width, 1.1459e-9, rtol=1e-4)
    assert_allclose(lsp_decay.decay_length_m(width), 1.7220e-7, rtol=1e-4)
    assert_allclose(lsp_decay.lifetime_s(width), 1.7220e-7 / 299792458.0, rtol=1e-4)


def test_the_vertex_is_that_of_a_selectron_decaying_to_a_bino():
    # Gamma = g'^2 m/8 pi for a right-handed selectron: the same formula with g' in place of g chi and one multiplet
    assert_allclose(lsp_decay.charged_sfermion_width_gev(one(np.sqrt(G_PRIME2)), 200.0), 1.0166, rtol=1e-3)


def test_two_body_kinematics():
    assert_allclose(lsp_decay.two_body_kinematics(100.0, 30.0, 20.0), 0.90477, rtol=1e-5)
    assert lsp_decay.two_body_kinematics(100.0, 0.0, 0.0) == 1.0
    assert lsp_decay.two_body_kinematics(50.0, 30.0, 20.0) == 0.0
    assert lsp_decay.two_body_kinematics(49.0, 30.0, 20.0) == 0.0


def test_two_body_factor_is_the_squared_amplitude_over_that_without_masses():
    # neutralino -> fermion + scalar with a chiral vertex: |M|^2 ~ 2 p_chi.p_f averaged over spins
    m, mf, ms = 80.0, 10.0, 25.0
    p = np.sqrt((m**2 - (mf + ms) ** 2) * (m**2 - (mf - ms) ** 2)) / (2 * m)
    amplitude = m * np.hypot(mf, p)  # p_chi.p_f in the rest frame
    massless = m * m / 2
    assert_allclose(lsp_decay.two_body_kinematics(m, mf, ms), amplitude * p / (massless * m / 2), rtol=1e-12)


def test_sfermion_with_a_charge_of_its_own():
    assert_allclose(lsp_decay.charged_sfermion_width_gev(one(1e-5), 200.0), 7.958e-10, rtol=1e-4)
    assert lsp_decay.charged_sfermion_width_gev(one(1e-5), 200.0, 200.0) == 0.0
    with_top = lsp_decay.charged_sfermion_width_gev(one(1e-5), 400.0, 172.6)
    assert_allclose(with_top, 1e-10 * 400 / (8 * np.pi) * (1 - (172.6 / 400) ** 2) ** 2, rtol=1e-12)


def test_sfermion_through_a_virtual_bino():
    width = lsp_decay.mixed_sfermion_width_gev(one(0.3 * 4e-5), 1.0, 200.0, 400.0, 2)
    assert_allclose(width, 1.893e-13, rtol=1e-3)


def test_a_heavy_bino_leaves_a_contact_interaction():
    g_chi, m, m1 = 0.3 * 4e-5, 200.0, 1e4
    limit = 2 * G_PRIME2 * g_chi**2 * m**3 / (384 * np.pi**3 * m1**2)
    width = lsp_decay.mixed_sfermion_width_gev(one(g_chi), 1.0, m, m1, 2)
    assert_allclose(width / limit, 1.0003, rtol=1e-4)
    heavier = lsp_decay.mixed_sfermion_width_gev(one(g_chi), 1.0, m, 1e9, 2)
    assert_allclose(heavier / (2 * G_PRIME2 * g_chi**2 * m**3 / (384 * np.pi**3 * 1e18)), 1.0, rtol=1e-6)


@pytest.mark.parametrize("m1", [200.02, 205.0, 260.0, 1000.0, 1e5])
def test_three_body_integral_matches_adaptive_quadrature(m1):
    m = 200.0

    def integrand(q):
        return (m**2 - q) ** 2 / m**2 * (q + m1**2) / (q - m1**2) ** 2

    pieces = [0.0, *(m**2 * (1 - 10.0**-k) for k in range(1, 8)), m**2]
    integral = sum(quad(integrand, a, b, epsrel=1e-12)[0] for a, b in itertools.pairwise(pieces))
    expected = 1 * G_PRIME2 * 0.25 * 1e-10 / (128 * np.pi**3 * m) * integral
    assert_allclose(lsp_decay.mixed_sfermion_width_gev(one(1e-5), 0.5, m, m1, 1), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "m_u, width_u_from, flight_m, visible, radius",
    [((2.4, 4.1e-5), 1.0, 552.0, 1.3e-2, 7.0)],
)
def test_flight_of_u_below_the_dark_matter_threshold(m_u, width_u_from, flight_m, visible, radius):
    # U -> e+e- alone: Gamma = alpha eps^2 m_U/3 sqrt(1 - 4 r)(1 + 2 r) with eps = chi cos(theta_W)
    mass, chi = m_u
    r = (0.51099895 / mass) ** 2
    epsilon2 = chi**2 * (1 - 0.2312)
    width = one(width_u_from * epsilon2 * mass / (3 * 137.036) * np.sqrt(1 - 4 * r) * (1 + 2 * r))
    flight = lsp_decay.u_flight_m(one(mass), width, 100.0)
    assert_allclose(flight, flight_m, rtol=0.01)
    assert_allclose(lsp_decay.visible_fraction(flight, one(1.0), radius), visible, rtol=0.05)


@pytest.mark.parametrize(
    "length_m, name",
    [(1e-7, "prompt"), (9e-5, "prompt"), (2e-4, "displaced"), (9.0, "displaced"), (11.0, "stable"), (2e7, "stable")],
)
def test_class_follows_the_decay_length(length_m, name):
    width = lsp_decay.HBAR_C_GEV_M / one(length_m)
    assert lsp_decay.CLASSES[lsp_decay.lsp_class(width)[0]] == name


def test_a_lifetime_above_a_tenth_of_a_second_disturbs_nucleosynthesis():
    width = lsp_decay.HBAR_C_GEV_M / one(0.11 * 299792458.0)
    assert lsp_decay.CLASSES[lsp_decay.lsp_class(width)[0]] == "disturbs nucleosynthesis"


@given(st.floats(1e-3, 1e4), st.floats(0.0, 1.0), st.floats(0.01, 20.0))
def test_visible_fraction_lies_between_none_and_the_branching_ratio(flight, branching, radius):
    fraction = lsp_decay.visible_fraction(one(flight), one(branching), radius)[0]
    assert 0.0 <= fraction <= branching


def test_a_u_that_is_too_heavy_to_fly_is_seen_where_it_is_made():
    flight = lsp_decay.u_flight_m(one(6e4), one(1.0), 100.0)
    assert flight == 0.0
    assert lsp_decay.visible_fraction(flight, one(0.3), 1.0) == 0.3


@pytest.mark.parametrize("kind", ["neutralino", "slepton", "sneutrino", "squark"])
def test_width_of_every_kind_grows_with_the_square_of_the_mixing(kind):
    settings = LspSettings(kind=kind)
    g, chi = np.full(2, 0.3), np.array([1e-5, 2e-5])
    for universal in (False, True):
        widths = lsp_decay.width_gev(settings, g, chi, 2, universal=universal)
        assert_allclose(widths[1] / widths[0], 4.0, rtol=1e-12)
        assert lsp_decay.width_gev(settings, g[:0], chi[:0], 2, universal=universal).shape == (0,)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"m_lsp_gev": 0.5}, "m_lsp_gev is 0.5; allowed: at least 1 GeV"),
        ({"n11": 0.0}, "n11 is 0; allowed"),
        ({"n11": 1.2}, "n11 is 1.2; allowed"),
        ({"kind": "slepton", "m_lsp_gev": 500.0}, "m1_gev is 400; allowed: above m_lsp_gev"),
        ({"tracker_radius_m": 0.0}, "tracker_radius_m is 0; allowed"),
    ],
)
def test_settings_refuse_what_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        LspSettings(**options)
