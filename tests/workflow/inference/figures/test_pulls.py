from dataclasses import replace

import numpy as np
import pytest

from workflow.inference.figures.pulls import PullRow, pull_rows, pulls_figure, shown_pull


def test_pulls_are_distances_in_experimental_errors(file):
    rows = {row.likelihood: row for row in pull_rows(file)}
    datum = file.observed_data["relic_abundance.omega_h2"]
    expected = (file.samples("omega_h2") - datum.item()) / datum.attrs["sigma"]
    np.testing.assert_allclose(rows["relic abundance"].draws, expected, rtol=1e-12)
    assert rows["relic abundance"].best_fit == pytest.approx(
        (float(file.best_fit["omega_h2"]) - datum.item()) / datum.attrs["sigma"]
    )
    assert len(rows) == len(file.observed_data)


def test_a_far_pull_is_an_arrow_at_the_edge_with_its_number():
    near, far = PullRow("near", "x", np.linspace(-1, 1, 101), 0.4), PullRow("far", "y", np.full(9, -40.0), -40.0)
    axes = pulls_figure([near, far]).axes[0]
    stars = [line for line in axes.lines if line.get_label().endswith("best fit")]
    assert [(line.get_marker(), line.get_xdata()[0]) for line in stars] == [("*", 0.4), ("<", -6.0)]
    assert [text.get_text() for text in axes.texts] == ["+0.4", "\N{MINUS SIGN}40.0"]
    low, high = next(line for line in axes.lines if line.get_label() == "near, x: 95 %").get_xdata()
    assert (low, high) == pytest.approx((-0.95, 0.95))


def test_a_run_without_such_data_has_a_figure_that_says_so(file):
    rows = pull_rows(replace(file, observed_data=file.observed_data[[]]))
    assert "no datum" in pulls_figure(rows).axes[0].texts[0].get_text()


def test_a_likelihood_that_is_named_as_its_observable_is_named_once():
    rows = [PullRow(name, r"N_{\rm eff}", np.linspace(-1, 1, 101), 0.0) for name in ("N_eff", "CMB")]
    ticks = [tick.get_text() for tick in pulls_figure(rows).axes[0].get_yticklabels()]
    assert ticks == [r"$N_{\rm eff}$", r"CMB  $N_{\rm eff}$"]


@pytest.mark.parametrize("pull, text", [(1.26, "+1.3"), (-0.04, "0.0"), (0.0, "0.0"), (-2.0, "\N{MINUS SIGN}2.0")])
def test_a_zero_has_no_sign(pull, text):
    assert shown_pull(pull) == text
