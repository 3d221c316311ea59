"""Profiles on disk: what was written comes back, in equal bytes, and knows its origin."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.origins import ORIGIN

from workflow.inference.estimates.profile_file import THRESHOLDS, Profile, read_profiles, write_profiles
from workflow.inference.writing.origin import read_origin


def profile(rng, across, up, cells=3):
    edges = np.linspace(0.0, 1.0, cells + 1)
    log_likelihood = -rng.uniform(size=(cells, cells))
    log_likelihood[0, 0] = -np.inf
    points = rng.uniform(size=(cells, cells, 4))
    points[0, 0] = np.nan
    return Profile(across, up, edges, 2.0 * edges, log_likelihood, points)


@pytest.fixture
def written(rng, tmp_path):
    """Two profiles and their file."""
    profiles = [profile(rng, "g", "chi"), profile(rng, "m_dm_mev", "m_u_mev")]
    write_profiles(profiles, ORIGIN, tmp_path / "profile.npz")
    return profiles, tmp_path / "profile.npz"


def test_what_was_written_comes_back(written):
    profiles, path = written
    back, highest = read_profiles(path)
    assert highest == max(p.log_likelihood.max() for p in profiles)
    for one, other in zip(profiles, back, strict=True):
        assert (one.across, one.up) == (other.across, other.up)
        for name in ("x_edges", "y_edges", "log_likelihood", "points"):
            assert_array_equal(getattr(one, name), getattr(other, name))


def test_equal_content_gives_equal_bytes(written, tmp_path):
    profiles, path = written
    write_profiles(profiles, ORIGIN, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_the_file_knows_its_origin(written):
    assert read_origin(written[1]) == ORIGIN


def test_thresholds_hold_one_and_two_standard_deviations_of_two_quantities():
    """Chi squared of two degrees of freedom: 1 - exp(-x/2) is 68.27 % and 95.45 %."""
    expected = [-2.0 * np.log1p(-probability) for probability in (0.6827, 0.9545)]
    assert_allclose(THRESHOLDS, expected, rtol=2.5e-3)
