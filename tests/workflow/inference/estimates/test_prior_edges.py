"""Edges of truncated samples, and edges that another parameter's prior induces."""

import numpy as np
import pytest
from reference import synthetic_posterior

from workflow.inference.estimates.posterior_file import read
from workflow.inference.estimates.prior_edges import bound_heights, one_sided_limit, prior_edges
from workflow.inference.estimates.regions import Axis, density_1d

N = 20_000


@pytest.fixture(scope="module")
def edges(tmp_path_factory):
    return prior_edges(read(synthetic_posterior.write(tmp_path_factory.mktemp("edges"))))


def test_truncated_normal_reaches_its_upper_bound_only():
    x = np.random.default_rng(3).normal(0.967, 0.022, 2 * N)
    heights = bound_heights(x[(x < 1.0) & (x > 0.0)], Axis(lower=0.0, upper=1.0))
    assert heights["lower"] == 0.0
    assert heights["upper"] == pytest.approx(np.exp(-0.5 * 1.5**2), abs=0.1)


def test_samples_far_from_the_bounds_have_no_edge():
    x = np.random.default_rng(4).normal(0.0, 0.1, N)
    assert bound_heights(x, Axis(lower=-2.0, upper=2.0)) == {"lower": 0.0, "upper": 0.0}


def test_infinite_bounds_have_no_edge():
    assert bound_heights(np.random.default_rng(5).normal(size=N), Axis()) == {}


def test_log_uniform_samples_reach_both_bounds():
    x = 10.0 ** np.random.default_rng(6).uniform(-3.0, 0.0, N)
    assert min(bound_heights(x, Axis("log", 1e-3, 1.0)).values()) > 0.8


def test_direct_edges_of_the_default_run(edges):
    found = {(edge.parameter, edge.side) for edge in edges if edge.direct}
    assert found == {("g", "upper"), ("lambda", "upper"), ("m_soft_tev", "lower"), ("f_ps", "upper")}


def test_mass_ratio_ends_because_of_the_prior_of_m_soft(edges):
    (edge,) = [edge for edge in edges if edge.parameter == "mass_ratio"]
    assert (edge.side, edge.cause, edge.cause_side) == ("upper", "m_soft_tev", "lower")
    assert edge.value == pytest.approx(6.3, abs=0.5)
    assert "0.1\N{NO-BREAK SPACE}TeV" in edge.statement


def test_quantities_free_of_priors_are_not_blamed(edges):
    assert not [edge for edge in edges if edge.parameter in ("omega_h2", "flux_511_bulge_ph_cm2_s", "gamma")]


def test_saturated_quantity_is_not_an_edge(edges):
    assert ("br_u_invisible", "upper") not in {(edge.parameter, edge.side) for edge in edges}


def test_an_induced_edge_says_how_many_of_the_extreme_draws_are_at_the_bound(edges):
    (edge,) = [edge for edge in edges if edge.parameter == "mass_ratio"]
    assert 0.4 <= edge.evidence <= 1.0
    assert f"{100 * edge.evidence:.0f}\N{NO-BREAK SPACE}% of the draws in that tail" in edge.statement


def test_a_quantity_that_is_a_parameter_itself_is_not_induced_by_it(edges):
    assert not [edge for edge in edges if edge.parameter == "g_dm" and edge.cause == "g"]  # g_dm is g in this model


def test_the_height_of_an_edge_is_that_of_the_outermost_cell():
    """Rising towards both bounds, so that no other cell has the same density."""
    x = np.random.default_rng(7).beta(0.6, 0.4, N)
    axis = Axis(lower=0.0, upper=1.0)
    density = density_1d(x, axis).density
    heights = bound_heights(x, axis)
    assert heights == {
        "lower": pytest.approx(density[0] / density.max(), rel=1e-12),
        "upper": pytest.approx(density[-1] / density.max(), rel=1e-12),
    }
    assert density[-2] < density[-1]
    assert density[1] < density[0]


def test_a_bound_that_the_region_touches_counts_though_the_density_falls_there():
    """A fifth of the draws falls from 2.5 % of the height of a peak: the 95 % region needs it with its bound."""
    rng = np.random.default_rng(8)
    x = np.where(rng.uniform(size=N) < 0.2, rng.triangular(0.0, 0.0, 1.0, N), rng.normal(0.6, 0.02, N))
    heights = bound_heights(x, Axis(lower=0.0, upper=1.0))
    assert heights["lower"] == 0.1  # the least that is an edge
    assert heights["upper"] < 0.1


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_edges_do_not_depend_on_the_unit(scale):
    x = np.random.default_rng(9).uniform(1.0, 2.0, N)
    one = bound_heights(x, Axis(scale, 1.0, 2.0))
    other = bound_heights(1e-20 * x, Axis(scale, 1e-20, 2e-20))
    assert other == {side: pytest.approx(height, rel=1e-6) for side, height in one.items()}
    assert min(one.values()) > 0.5


def test_mirrored_samples_have_mirrored_edges():
    x = np.random.default_rng(10).beta(1.0, 3.0, N)  # falls from its lower bound
    plain, mirrored = bound_heights(x, Axis(lower=0.0, upper=1.0)), bound_heights(1.0 - x, Axis(lower=0.0, upper=1.0))
    assert plain["lower"] == pytest.approx(mirrored["upper"], abs=0.02)
    assert plain["lower"] > 0.9
    assert plain["upper"] == mirrored["lower"] == 0.0


def test_a_limit_is_on_the_side_that_no_prior_sets():
    samples = np.linspace(0.0, 100.0, 101)
    assert one_sided_limit(samples, "lower") == pytest.approx(95.0)
    assert one_sided_limit(samples, "upper") == pytest.approx(5.0)
