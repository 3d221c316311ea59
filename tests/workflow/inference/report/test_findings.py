"""Findings: a sentence where a posterior differs from its prior, and none where it does not."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from workflow.inference.estimates.prior_edges import PriorEdge
from workflow.inference.estimates.summary import summary_of
from workflow.inference.report.findings import LEAST_DISTANCE, differs, findings_of


@pytest.fixture(scope="module")
def summary(file):
    return replace(summary_of(file), edges=())


@pytest.fixture
def diagnostics():
    return {"converged": True, "quantities": {}}


def about(name, file, summary, diagnostics):
    """The sentence about a quantity in plain text, or None."""
    alone = replace(summary, rows=tuple(row for row in summary.rows if row.name == name))
    statements = findings_of(file, alone, diagnostics).statements
    return (
        unescape(re.sub("<[^>]+>", "", str(statements[0]))).replace("\N{NO-BREAK SPACE}", " ") if statements else None
    )


def edge(name, side):
    return PriorEdge(name, side, 1.0, name, side, 0.5, "")


def test_an_interval_is_given_with_what_the_prior_alone_has_there(file, summary, diagnostics):
    text = about("m_dm_mev", file, summary, diagnostics)
    pattern = r"mDM has its median at (0\.\d+) MeV. 68 % of the posterior lies in \[(.*), (.*)\] MeV, where the prior "
    median, low, high = map(float, re.match(pattern, text).groups())
    assert low < median < high
    prior = file.prior["m_dm_mev"].to_numpy().ravel()
    prior = prior[np.isfinite(prior)]
    fraction = np.mean((prior > low) & (prior < high))
    assert float(re.search(r"prior alone has (\d+) %", text)[1]) == pytest.approx(100.0 * fraction, abs=1.0)


@pytest.mark.parametrize("name", ["gamma", "f_ps", "rho_sun_gev_cm3"])
def test_a_nuisance_like_its_prior_has_no_sentence_and_is_named_among_those(file, summary, diagnostics, name):
    assert about(name, file, summary, diagnostics) is None
    (row,) = (row for row in summary.rows if row.name == name)
    assert len(findings_of(file, replace(summary, rows=(row,)), diagnostics).like_prior) == 1


@pytest.mark.parametrize("name", ["omega_h2", "delta_a_e", "mass_ratio"])
def test_a_quantity_without_a_prior_in_the_file_or_that_is_not_drawn_has_no_sentence(file, summary, diagnostics, name):
    assert about(name, file, summary, diagnostics) is None


@pytest.mark.parametrize(
    "name, side, start, quantile", [("chi", "lower", "χ < ", 0.95), ("lambda", "upper", "λ > ", 0.05)]
)
def test_an_end_that_a_prior_sets_leaves_a_limit_on_the_other_side(
    file, summary, diagnostics, name, side, start, quantile
):
    text = about(name, file, replace(summary, edges=(edge(name, side),)), diagnostics)
    assert text.startswith(start)
    assert "with a probability of 95 %" in text
    assert text.endswith(f"A prior sets the {side} end of its range.")
    number = text.removeprefix(start).split(" with")[0].replace(" × 10\N{MINUS SIGN}", "e-")
    assert float(number) == pytest.approx(np.quantile(file.samples(name), quantile), rel=0.05)


def test_ends_that_priors_set_on_both_sides_leave_no_number(file, summary, diagnostics):
    both = replace(summary, edges=(edge("chi", "lower"), edge("chi", "upper")))
    text = about("chi", file, both, diagnostics)
    assert text == "χ differs from its prior, but priors set both ends of its range: no limit is given."


def test_a_limit_that_the_prior_alone_gives_is_not_a_finding(file, summary, diagnostics):
    text = about("m_dm_mev", file, replace(summary, edges=(edge("m_dm_mev", "upper"),)), diagnostics)
    assert text == "mDM differs from its prior, but a prior sets the upper end of its range, and the data set none."


def test_an_edge_of_another_quantity_changes_nothing(file, summary, diagnostics):
    others = replace(summary, edges=(edge("g", "lower"),))
    assert about("chi", file, others, diagnostics) == about("chi", file, summary, diagnostics)


def test_a_run_that_has_not_converged_finds_nothing(file, summary):
    found = findings_of(file, summary, {"converged": False, "quantities": {}})
    assert (found.statements, found.like_prior) == ((), ())


def test_a_small_sample_does_not_differ_by_its_noise(rng):
    prior = rng.normal(0.0, 1.0, 5000)
    shifted = rng.normal(0.3, 1.0, 20_000)  # distance 0.12
    assert differs(shifted, prior, 20_000.0) is False
    assert differs(rng.normal(0.5, 1.0, 20_000), prior, 20_000.0) is True  # distance 0.20
    assert differs(rng.normal(0.5, 1.0, 20_000), prior, 100.0) is False
    assert differs(shifted, np.empty(0), 20_000.0) is False


def test_equal_distributions_differ_in_no_seed():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert not differs(rng.uniform(size=400), rng.uniform(size=400), 400.0)


def test_the_distance_is_that_of_kolmogorov_and_smirnov():
    prior = np.linspace(0.0, 1.0, 100_001)
    for width in (0.85, 0.91):  # a uniform posterior of this width is 1 - width away from the prior
        samples = width * prior
        assert differs(samples, prior, 1e9) == (1.0 - width > LEAST_DISTANCE + 0.006)


@pytest.mark.parametrize("size, m", [(1000.0, 1000), (250.0, 4000), (1e6, 2000)])
def test_samples_differ_beyond_a_tenth_and_the_noise_of_both(size, m):
    """Even samples that are shifted by d have that distance; noise reaches 1.63 (1/n + 1/m)^(1/2) once in a hundred."""
    least = 0.1 + 1.63 * np.sqrt(1.0 / size + 1.0 / m)
    prior, samples = (np.arange(m) + 0.5) / m, (np.arange(50_000) + 0.5) / 50_000
    for sign in (1.0, -1.0):
        assert not differs(samples + sign * (least - 0.003), prior, size)
        assert differs(samples + sign * (least + 0.003), prior, size)
    assert not differs(samples + 1.0, np.empty(0), size)
