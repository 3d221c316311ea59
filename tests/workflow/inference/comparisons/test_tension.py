from dataclasses import dataclass, field

import numpy as np
import pytest

from workflow.inference.comparisons.tension import tension
from workflow.inference.judgement.evidence import Evidence

WIDTH = 40.0  # of the uniform prior
GRID = np.linspace(-0.5 * WIDTH, 0.5 * WIDTH, 400_001)


@dataclass(frozen=True)
class Line:
    """One parameter with Gaussian data: centre and standard deviation of each."""

    likelihoods: dict[str, tuple[float, float]] = field(default_factory=dict)


def by_quadrature(line):
    terms = {name: -0.5 * ((GRID - mean) / sigma) ** 2 for name, (mean, sigma) in line.likelihoods.items()}
    weight = np.exp(sum(terms.values(), np.zeros_like(GRID))) / len(GRID)
    means = {name: float((weight * term).sum() / weight.sum()) for name, term in terms.items()}
    ln_z, mean = float(np.log(weight.sum())), sum(means.values())
    return Evidence(ln_z, 0.03, 0.1, 1e4, mean, 0.04, means, mean - ln_z, 1.0, len(GRID))


@pytest.mark.parametrize("distance", [0.0, 1.0, 4.0])
def test_suspiciousness_of_two_gaussians_over_a_common_base(distance):
    # With a base much wider than the data, ln S = d/2 - chi^2/2 for d = 1 (Handley and Lemos 2019, Eq. 18).
    line = Line({"base": (0.0, 300.0), "a": (0.0, 0.3), "b": (distance * 0.5, 0.4)})
    found = tension(line, ["base"], ["a"], ["b"], by_quadrature)
    assert found.ln_s == pytest.approx(0.5 - 0.5 * distance**2, abs=2e-3)
    assert found.ln_s + found.ln_i == pytest.approx(found.ln_r, abs=1e-12)
    # ln R of the same, from the widths: ln(V / sqrt(2 pi (sigma_a^2 + sigma_b^2))) - chi^2/2
    assert found.ln_r == pytest.approx(np.log(WIDTH / np.sqrt(2 * np.pi * 0.25)) - 0.5 * distance**2, abs=2e-3)
    assert (found.ln_r_error, found.ln_s_error) == (pytest.approx(0.06), pytest.approx(0.04 * 3**0.5))


def test_a_wider_prior_moves_the_ratio_and_not_the_suspiciousness():
    wide = tension(Line({"a": (0.0, 0.3), "b": (1.0, 0.4)}), [], ["a"], ["b"], by_quadrature)
    data = {"base": (0.0, 3.0), "a": (0.0, 0.3), "b": (1.0, 0.4)}
    narrow = tension(Line(data), ["base"], ["a"], ["b"], by_quadrature)
    assert wide.ln_r - narrow.ln_r > 1.0
    assert narrow.ln_s == pytest.approx(wide.ln_s, abs=0.05)


@pytest.mark.parametrize(
    "groups, message",
    [
        (([], ["a"], ["b"]), "likelihood base is in 0 of the groups"),
        ((["base", "a"], ["a"], ["b"]), "likelihood a is in 2 of the groups"),
        ((["base", "b"], ["a"], []), "no likelihood of the run is in group b"),
    ],
)
def test_every_likelihood_has_one_home(groups, message):
    line = Line({"base": (0.0, 3.0), "a": (0.0, 0.3), "b": (1.0, 0.4)})
    with pytest.raises(ValueError, match=message):
        tension(line, *groups, by_quadrature)
