"""Profiles of likelihoods whose profile is known: every cell reaches it, found by draws or not."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from reference import toy_posterior as toy

from workflow.inference.estimates import profile_likelihood
from workflow.inference.estimates.profile_likelihood import CELLS, NEIGHBOURS, REACH, planes_of, profile, profiles
from workflow.inference.posterior.priors import normal
from workflow.inference.writing.refusal import Refusal


def exact(kind, found, fixed):
    """The highest likelihood in each cell, on a fine grid in it; the third coordinate at its best."""
    inner = np.linspace(0.0, 1.0, 41)
    best = np.full((CELLS, CELLS), -np.inf)
    for i in range(CELLS):
        x = found.x_edges[i] + inner * (found.x_edges[i + 1] - found.x_edges[i])
        for j in range(CELLS):
            y = found.y_edges[j] + inner * (found.y_edges[j + 1] - found.y_edges[j])
            across, up = np.meshgrid(x, y)
            u = np.column_stack([across.ravel(), up.ravel(), np.full(across.size, fixed)])
            best[i, j] = toy.log_likelihood(kind, u).max()
    return best


@pytest.fixture(scope="module", params=["gaussian", "banana"])
def case(request):
    rng = np.random.default_rng(3)
    chains = toy.chains(request.param, rng, steps=60)
    return request.param, profile(toy.build(request.param), chains, ("x", "y"))


def test_every_cell_reaches_its_maximum(case):
    kind, found = case
    expected = exact(kind, found, {"gaussian": 0.2, "banana": 2.0}[kind])
    relevant = expected > toy.PEAK - 4.0  # beyond the 95 % threshold
    assert relevant.sum() > 40
    deficit = (expected - found.log_likelihood)[relevant]
    assert deficit.max() < 0.15
    assert np.mean(deficit) < 0.02
    assert deficit.min() > -0.06  # the fine grid is not infinitely fine


def test_points_lie_in_their_cells_and_have_their_likelihood(case):
    kind, found = case
    i, j = np.nonzero(np.isfinite(found.log_likelihood))
    u = found.points[i, j]
    assert np.all((u[:, 0] >= found.x_edges[i]) & (u[:, 0] <= found.x_edges[i + 1]))
    assert np.all((u[:, 1] >= found.y_edges[j]) & (u[:, 1] <= found.y_edges[j + 1]))
    assert found.log_likelihood[i, j] == pytest.approx(toy.log_likelihood(kind, u))
    assert np.isnan(found.points[found.log_likelihood == -np.inf]).all()
    assert found.log_likelihood[i, j].min() >= found.log_likelihood.max() - REACH


def test_cells_that_no_draw_reached_are_found():
    """From the draws of a tenth of the posterior the rest of the 95 % region is reached, neighbour by neighbour."""
    chains = toy.chains("gaussian", np.random.default_rng(5), steps=20)
    found = profile(toy.build("gaussian"), chains, ("x", "y"))
    expected = exact("gaussian", found, 0.2)
    inside = expected > toy.PEAK - 3.09
    drawn = np.histogram2d(*np.concatenate([c.coords.reshape(-1, 3) for c in chains])[:, :2].T, [*_edges(found)])[0]
    assert np.mean(drawn[inside] == 0) > 0.1
    assert np.all(found.log_likelihood[inside] > expected[inside] - 0.15)


def test_needle_is_on_the_map():
    found = profile(toy.build("two modes"), toy.chains("two modes", np.random.default_rng(7)), ("x", "z"))
    column = np.searchsorted(found.x_edges, 2.0) - 1
    assert found.log_likelihood[column].max() == pytest.approx(toy.PEAK, abs=0.01)


def test_normal_prior_counts_as_a_measurement():
    """Completing the square in z moves its best value half way, and costs the same everywhere."""
    flat = toy.build("gaussian")
    posterior = replace(flat, priors={**flat.priors, "z": normal(0.7, 0.25, -toy.BOX, toy.BOX)})
    found = profile(posterior, toy.chains("gaussian", np.random.default_rng(3), steps=20), ("x", "y"))
    assert found.log_likelihood.max() == pytest.approx(toy.PEAK - 0.5 * 0.5**2 / (0.25**2 + 0.25**2), abs=0.01)
    i, j = np.unravel_index(found.log_likelihood.argmax(), found.log_likelihood.shape)
    assert found.points[i, j, 2] == pytest.approx(0.45, abs=0.02)


def test_range_ends_at_the_prior():
    found = profile(toy.build("banana"), toy.chains("banana", np.random.default_rng(3)), ("x", "y"))
    for edges in _edges(found):
        assert -toy.BOX <= edges[0] < edges[-1] <= toy.BOX


def test_planes_of_a_run_are_those_it_has_quantities_for():
    assert planes_of(["g", "chi", "m_dm_mev", "m_u_mev"]) == [("g", "chi"), ("m_dm_mev", "m_u_mev")]
    assert planes_of(["m_dm_mev", "m_u_mev", "g_dm", "epsilon"]) == [("g_dm", "epsilon"), ("m_dm_mev", "m_u_mev")]


def _edges(found):
    return found.x_edges, found.y_edges


def test_every_plane_of_a_run_is_profiled(monkeypatch):
    chains = toy.chains("gaussian", np.random.default_rng(3), steps=60)
    posterior = toy.build("gaussian")
    monkeypatch.setattr(profile_likelihood, "PLANES", (("x", "y"), ("g", "chi")))
    monkeypatch.setattr(profile_likelihood, "PASSES", 1)
    assert [(found.across, found.up) for found in profiles(posterior, chains)] == [("x", "y")]


def test_a_run_without_planes_is_refused(monkeypatch):
    monkeypatch.setattr(profile_likelihood, "PLANES", (("g", "chi"),))
    chains = toy.chains("gaussian", np.random.default_rng(3), steps=2)
    with pytest.raises(Refusal, match="allowed: a run with one of the pairs"):
        profiles(toy.build("gaussian"), chains)


def test_a_cell_improves_the_eight_cells_around_it():
    assert len(set(NEIGHBOURS)) == 8
    assert {max(abs(i), abs(j)) for i, j in NEIGHBOURS} == {1}
    assert sorted(NEIGHBOURS) == sorted((-i, -j) for i, j in NEIGHBOURS)


@pytest.mark.parametrize("slope", [1.0, -2.5])
def test_a_point_is_moved_to_the_nearest_place_just_inside_of_a_cell(slope):
    """Cells of 0.5 by 20; a twentieth of the cell stays between the point and its edge, and what is inside stays."""
    x_edges, y_edges = 0.5 * np.arange(CELLS + 1), 20.0 * np.arange(CELLS + 1)
    around = SimpleNamespace(
        x_edges=x_edges,
        y_edges=y_edges,
        spread_of_draws=np.array([0.3, 10.0, 1.0]),
        quantities=lambda theta: theta[:, :2] * [slope, 1.0],
    )
    place = np.array([[0.1, 30.0, 7.0], [1.2, 50.0, 7.0], [1.9, 61.0, 7.0]]) / [slope, 1.0, 1.0]
    cells = np.full(3, 2 * CELLS + 2)  # from 1 to 1.5 and from 40 to 60
    moved = profile_likelihood._Search._moved(around, place, cells)
    found = moved * [slope, 1.0, 1.0]
    np.testing.assert_allclose(found, [[1.025, 41.0, 7.0], [1.2, 50.0, 7.0], [1.475, 59.0, 7.0]], rtol=1e-9)
