import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.searches.supernova_cooling import SOFTNESS, band, band_membership

# The digitised edges of 1611.03864 [MeV, 1, 1], written down a second time.
NODES = [(1.0, 7e-11, 1.2e-7), (20.0, 7e-11, 1.2e-7), (100.0, 2.9e-10, 3.8e-8), (200.0, 1.3e-9, 1.5e-8)]


def at(m_u, epsilon):
    return band_membership(*np.broadcast_arrays(np.asarray(m_u, dtype=float), np.asarray(epsilon, dtype=float)))


def test_edges_pass_through_the_digitised_points():
    m_u, lower, upper = np.array(NODES).T
    for found, expected in zip(band(m_u), (lower, upper), strict=True):
        assert_allclose(found, expected, rtol=1e-12)


def test_edges_are_power_laws_between_and_beyond_the_points():
    (m1, low1, high1), (m2, low2, high2) = NODES[-2:]
    for m_u in (140.0, 300.0):
        along = np.log(m_u / m1) / np.log(m2 / m1)
        lower, upper = band(np.array([m_u]))
        assert_allclose(lower, low1 * (low2 / low1) ** along, rtol=1e-12)
        assert_allclose(upper, high1 * (high2 / high1) ** along, rtol=1e-12)


def test_edges_are_flat_below_the_lightest_point():
    assert_allclose(np.array(band(np.array([0.01, 0.3]))), np.array([[7e-11] * 2, [1.2e-7] * 2]), rtol=1e-12)


def test_the_band_closes_near_400_mev():
    m_u = np.geomspace(200.0, 1000.0, 2001)
    lower, upper = band(m_u)
    assert 380.0 < m_u[np.argmin(np.abs(np.log(upper / lower)))] < 480.0
    assert at(2000.0, 1e-8) < 1e-3


def test_a_factor_three_at_an_edge_takes_membership_from_a_sixth_to_five_sixths():
    # The published edges are uncertain by about a factor 3: sigma(ln 3 / ln 2) = 0.83.
    expected = 1.0 / (1.0 + np.exp(-np.log(3.0) / np.log(2.0)))
    assert_allclose(at(10.0, 7e-11 * np.array([1.0 / 3.0, 1.0, 3.0])), [1.0 - expected, 0.5, expected], rtol=1e-3)
    assert_allclose(at(10.0, 1.2e-7 * np.array([1.0 / 3.0, 1.0, 3.0])), [expected, 0.5, 1.0 - expected], rtol=1e-3)
    assert np.log(2.0) == SOFTNESS


def test_membership_is_one_inside_and_falls_as_a_power_outside():
    assert at(10.0, 3e-9) > 0.99
    far = at(10.0, [1e-14, 1e-15])
    assert_allclose(np.log(far[0] / far[1]) / np.log(10.0), 1.0 / SOFTNESS, rtol=1e-3)


@pytest.mark.parametrize("m_u", [1.0, 50.0, 350.0])
def test_membership_has_one_maximum_at_the_middle_of_the_band(m_u):
    epsilon = np.geomspace(1e-13, 1e-5, 4001)
    found = at(m_u, epsilon)
    lower, upper = band(np.array([m_u]))
    top = np.argmax(found)
    assert_allclose(np.log(epsilon[top]), 0.5 * np.log(lower * upper)[0], atol=0.01)
    assert np.all(np.diff(found[: top + 1]) > 0.0)
    assert np.all(np.diff(found[top:]) < 0.0)


def test_one_number_for_each_point():
    m_u, epsilon = np.geomspace(1.0, 500.0, 7), np.geomspace(1e-12, 1e-6, 7)
    batch = band_membership(m_u, epsilon)
    rows = [band_membership(m_u[i : i + 1], epsilon[i : i + 1])[0] for i in range(7)]
    assert_allclose(batch, rows, rtol=1e-14)
    assert band_membership(np.empty(0), np.empty(0)).shape == (0,)
