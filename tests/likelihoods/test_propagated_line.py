from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.propagated_line import Likelihood, limit
from model.physics.quantities import DarkMatter


def at(m_dm, sigma_v, kind=DarkMatter.MAJORANA, fraction=1.0):
    m_dm, sigma_v = np.atleast_1d(m_dm).astype(float), np.atleast_1d(sigma_v).astype(float)
    prediction = SimpleNamespace(
        sigma_v_bulge=sigma_v,
        relic_fraction=np.full(sigma_v.shape, fraction),
        dark_matter=kind,
        spectrum=SimpleNamespace(m_dm=m_dm),
    )
    return Likelihood().log_likelihood(prediction)


def test_the_bound_is_that_of_the_abstract():
    # 2312.04907: 1e-32 cm^3/s at 1 MeV and 1e-26 at 5 GeV
    assert_allclose(limit(np.array([1.0, 5000.0])), [1e-32, 1e-26], rtol=1e-12)
    assert_allclose(limit(np.array([np.sqrt(5000.0)])), 1e-29, rtol=1e-12)


def test_below_the_bound_nothing_is_lost_and_a_factor_of_three_above_is_one_sigma():
    assert at([1.0, 1.0, 5000.0], [0.0, 1e-32, 0.5e-26]).tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-20)
    assert_allclose(at([1.0, 1.0], [3e-32, 9e-32]), [-0.5, -2.0], rtol=1e-12)


def test_it_excludes_annihilation_as_the_source_of_the_line():
    # docs/physics/galaxy.md 3: the line needs 7.9e-31 cm^3/s at 1 MeV
    assert at(1.0, 7.9e-31)[0] < -7.0


def test_two_particles_of_a_part_of_the_dark_matter_count_as_their_pairs():
    assert_allclose(at(2.0, 4e-29, fraction=0.5), at(2.0, 1e-29), rtol=1e-12)
    assert_allclose(at(2.0, 2e-29, DarkMatter.DIRAC), at(2.0, 1e-29), rtol=1e-12)


def test_nothing_gives_nothing():
    assert at(np.empty(0), np.empty(0)).shape == (0,)
