import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.couplings import couplings_of
from scipy.integrate import quad

from model.physics.quantities import DarkMatter, Spectrum
from model.physics.searches.supernova_trapping import optical_depth, trapped


def depth(m_u, g_dm, g_l, g_r, kind=DarkMatter.DIRAC):
    couplings = couplings_of(g_dm, g_l, g_r)
    m_u = np.broadcast_to(np.asarray(m_u, dtype=float), couplings.g_dm.shape)
    return optical_depth(Spectrum(m_u, m_u, m_u, m_u), couplings, kind)


def slow(m_u, g_dm, g_e):
    """Profile of 1611.03864, cross-section of massless fermions, integrals over radius [km] and momentum transfer."""

    def over_radius(r):
        rho, t = 3e14 * (r / 10) ** -5, 30 * (r / 10) ** (-5 / 3)
        n_e = 0.3 * rho / 1.6749e-24
        fermi = (3 * np.pi**2 * n_e) ** (1 / 3) * 1.9732698e-11
        s = 2 * 3 * t * max(3 * t, 0.75 * fermi)
        shape = lambda x: 2 * x / s * (s**2 + (s - x) ** 2) / (x + m_u**2) ** 2  # noqa: E731
        integral = sum(quad(shape, a, b)[0] for a, b in ((0, min(m_u**2, s)), (min(m_u**2, s), s)))
        sigma = (g_dm * g_e) ** 2 * integral / (8 * np.pi * s**2) * 3.8937938e-22
        return n_e * sigma * min(1, 3 * t / fermi) * 1e5

    return quad(over_radius, 20, 200, epsrel=1e-6)[0]


@pytest.mark.parametrize("m_u", [1.5, 10.0, 100.0, 2000.0])
def test_agrees_with_adaptive_quadrature(m_u):
    assert_allclose(depth(m_u, 0.7, 1e-5, 1e-5), slow(m_u, 0.7, 1e-5), rtol=2e-3)


def test_heavy_u_is_a_contact_interaction():
    assert_allclose(depth(1e4, 1.0, 1e-2, 1e-2) / depth(2e4, 1.0, 1e-2, 1e-2), 16.0, rtol=1e-3)


def test_one_chirality_of_either_side_scatters_half():
    whole = depth(10.0, 1.0, 1e-5, 1e-5)
    assert_allclose(depth(10.0, 1.0, 1e-5, 0.0), whole / 2, rtol=1e-12)
    assert_allclose(depth(10.0, 1.0, 1e-5, 1e-5, DarkMatter.DIRAC_CHIRAL), whole / 2, rtol=1e-12)
    assert_allclose(depth(10.0, 1.0, 1e-5, 1e-5, DarkMatter.MAJORANA), whole, rtol=1e-12)


def test_thermal_relics_are_trapped():
    # g_X g_e that gives the relic abundance lies orders of magnitude above the edge (docs/physics/kinetic_mixing.md 7)
    found = depth([10.0, 10.0], [1.0, 1.0], [1.2e-5, 1e-11], [1.2e-5, 1e-11])
    assert found[0] > 1e4
    assert trapped(found).tolist() == [1.0, 0.0]


def test_no_points():
    none = np.empty(0)
    assert depth(none, none, none, none).shape == (0,)
