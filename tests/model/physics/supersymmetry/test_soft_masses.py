import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from model.physics.hidden_sector.radiative_mass import radiative_mass
from model.physics.supersymmetry.soft_masses import (
    bino_loop_mass,
    d_term_mass,
    gauge_mediated_mass,
    landau_pole_gev,
)

couplings = st.floats(1e-3, 3.5)
mixings = st.floats(1e-8, 1e-1)


def one(*values):
    return tuple(np.array([value]) for value in values)


def test_d_term_at_tan_beta_10():
    # chi g g' (v^2/4) cos(2 beta), by hand: 6.372e4 MeV^2; U has sqrt(2) of it if the term breaks U(1)_h alone
    mass = d_term_mass(*one(0.3, 4e-5), 10.0)
    assert_allclose(mass**2, 6.372e4, rtol=2e-4)
    assert_allclose(np.sqrt(2) * mass, 356.98, rtol=1e-4)


def test_d_term_vanishes_for_equal_higgs_vevs():
    assert d_term_mass(*one(0.3, 4e-5), 1.0) == 0.0


@given(couplings, mixings, st.floats(1.1, 60.0))
def test_d_term_is_the_same_for_inverse_tan_beta(g, chi, tan_beta):
    assert_allclose(d_term_mass(*one(g, chi), tan_beta), d_term_mass(*one(g, chi), 1.0 / tan_beta), rtol=1e-12)


def test_bino_loop_at_4_tev():
    # g = 1, chi = 1e-5, M1 = 4 TeV, Lambda = 1e9 GeV: 1007 MeV^2
    assert_allclose(bino_loop_mass(*one(1.0, 1e-5), 4.0, 1e9) ** 2, 1007.0, rtol=1e-3)


def test_bino_loop_is_124_times_the_radiative_mass_of_equal_scales():
    g, chi = one(0.7, 3e-5)
    sum_g2 = 10 * 0.12774 * chi**2
    ratio = bino_loop_mass(g, chi, 2.0, 1e9) ** 2 / radiative_mass(g, sum_g2, np.array([2.0]), 1e9) ** 2
    assert_allclose(ratio, 124.0, rtol=0.01)


@given(couplings, mixings)
def test_gauge_mediation_is_that_of_a_field_of_hypercharge_g_chi_over_g_prime(g, chi):
    # a field with g chi = g' would get the selectron's mass
    scale = g * chi / np.sqrt(4 * np.pi / 127.95 / (1 - 0.2312))
    assert_allclose(gauge_mediated_mass(*one(g, chi), 1.5), 1.5e6 * scale, rtol=1e-12)


@pytest.mark.parametrize("g, scale_gev, accuracy", [(1.22, 1e9, 0.2), (1.75, 1.2e3, 0.05), (3.5, 0.0753, 0.01)])
def test_landau_pole_of_the_anomaly_free_model_at_3_mev(g, scale_gev, accuracy):
    assert_allclose(landau_pole_gev(*one(g, 3.0), 2.0), scale_gev, rtol=accuracy)


def test_coupling_runs_into_the_pole():
    # integrate dg/dlnmu = b g^3/16 pi^2 with b = sum q^2 up to a little below the pole: 1/g^2 goes to zero linearly
    g, m_u = 1.5, 5.0
    pole = landau_pole_gev(*one(g, m_u), 2.0)[0]
    steps = np.linspace(0.0, np.log(0.99 * pole * 1e3 / m_u), 20001)
    inverse = 1 / g**2 - 2 * 2.0 / (16 * np.pi**2) * steps
    assert 0 < inverse[-1] < 1e-3
    assert_allclose(1 / g**2 / (4.0 / (16 * np.pi**2)), np.log(pole * 1e3 / m_u), rtol=1e-12)


def test_weak_coupling_has_its_pole_beyond_all_numbers():
    assert np.isinf(landau_pole_gev(*one(1e-3, 3.0), 2.0))


def test_no_points_are_allowed():
    nothing = np.empty(0)
    assert d_term_mass(nothing, nothing, 10.0).shape == (0,)
    assert bino_loop_mass(nothing, nothing, 1.0, 1e9).shape == (0,)
    assert gauge_mediated_mass(nothing, nothing, 1.0).shape == (0,)
    assert landau_pole_gev(nothing, nothing, 2.0).shape == (0,)
