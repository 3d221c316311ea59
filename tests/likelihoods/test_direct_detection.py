from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import halfnorm

from likelihoods.direct_detection import Likelihood, inverse_limit_90, limit

# docs/physics/laboratory.md 6: DAMIC-M 2025, heavy mediator, 90 % CL
PUBLISHED = {
    0.754: 7.9e-25,
    0.849: 6.6e-30,
    1.0: 3.3e-32,
    2.0: 4.5e-36,
    3.5: 6.8e-38,
    15.0: 6.6e-39,
    51.8: 1.05e-38,
    1000.0: 1.6e-37,
}


def at(m_dm, sigma_e, fraction=1.0):
    m_dm, sigma_e = np.atleast_1d(m_dm).astype(float), np.atleast_1d(sigma_e).astype(float)
    prediction = SimpleNamespace(
        sigma_e_cm2=sigma_e, relic_fraction=np.full(m_dm.shape, fraction), spectrum=SimpleNamespace(m_dm=m_dm)
    )
    return Likelihood().log_likelihood(prediction)


@pytest.mark.parametrize("m_dm", PUBLISHED)
def test_limit_is_the_published_one(m_dm):
    assert_allclose(1 / inverse_limit_90(np.array([m_dm])), PUBLISHED[m_dm], rtol=1e-12)


def test_entry_has_source_tag_and_as_many_limits_as_masses():
    entry = limit()
    assert entry.tag in {"V", "V-abs", "C", "M"}
    assert "2503.14617" in entry.source
    assert len(entry.mass_mev) == len(entry.limit_cm2) == 23
    assert (np.diff(entry.mass_mev) > 0.0).all()


@pytest.mark.parametrize("m_dm", [1.0, 2.9, 15.0, 700.0])
def test_flat_prior_gives_90_per_cent_at_the_limit(m_dm):
    sigma_90 = 1 / inverse_limit_90(np.array([m_dm]))[0]
    spread = sigma_90 / np.sqrt(-2 * at(m_dm, sigma_90)[0])
    assert_allclose(halfnorm(scale=spread).cdf(sigma_90), 0.90, rtol=1e-3)


def test_between_nodes_it_is_a_power_law():
    assert_allclose(inverse_limit_90(np.array([np.sqrt(2.0 * 2.68)])), 1 / np.sqrt(4.5e-36 * 3.7e-37), rtol=1e-12)
    assert_allclose(
        inverse_limit_90(np.array([1e4])) ** -1 / 1.6e-37, 10 ** (np.log(1.6 / 0.38) / np.log(1000 / 228)), rtol=1e-9
    )


def test_nothing_is_seen_below_the_lowest_mass_and_the_end_is_smooth():
    mass = 0.754 * np.array([0.6, 0.9, 0.95, 0.999999, 1.0])
    inverse = inverse_limit_90(mass) * 7.9e-25
    assert_allclose(inverse, [0.0, 0.0, 0.5, 1.0, 1.0], atol=1e-9)
    assert at(0.6, 1e-10) == 0.0


def test_part_of_the_dark_matter_scatters_in_proportion():
    assert_allclose(at(10.0, 1e-38, 0.2), at(10.0, 0.2e-38), rtol=1e-14)


def test_no_signal_is_zero():
    assert at(3.0, 0.0) == 0.0
