"""Ranks of the draws of each ensemble among all draws, which show whether independent ensembles agree."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter
from scipy.stats import rankdata

from workflow.inference.drawing.style import PAGE, TEXT, ensemble_colours, hide_ticks, layout, styled
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.figures.run_figure import RunFigure, parameter_symbols
from workflow.inference.writing.refusal import Refusal

_BARS = 20


@styled
def rank_figure(file: PosteriorFile, names: Sequence[str], effective: Mapping[str, float]) -> Figure:
    """Ranks among all draws, one panel per variable and ensemble, against what agreeing ensembles would show.

    Parameters
    ----------
    file : PosteriorFile
        A checked posterior.
    names : sequence of str
        Variables of the posterior.
    effective : mapping of str to float
        Effective sample size of each variable, all ensembles together: sets the width of the band.

    Raises
    ------
    Refusal
        If a variable has no positive effective sample size.
    """
    missing = [name for name in names if not effective.get(name, np.nan) > 0.0]
    if missing:
        raise Refusal(f"no effective sample size for {', '.join(missing)}")
    n_ensembles = file.posterior.sizes["chain"]
    figure = Figure(figsize=(PAGE, 0.7 + 0.55 * len(names)), layout=layout(0.02, 0.02, 0.02))
    panels = figure.subplots(len(names), n_ensembles, sharex=True, sharey=True, squeeze=False)
    edges = np.linspace(0.0, 1.0, _BARS + 1)
    highest = 0.0
    for row, name in zip(panels, names, strict=True):
        values = file.posterior[name].transpose("chain", "draw").to_numpy()
        ranks = (rankdata(values).reshape(values.shape) - 0.5) / values.size
        half = min(1.96 * np.sqrt((_BARS - 1) * n_ensembles / effective[name]), 1.0)
        for column, (axes, ensemble, colour) in enumerate(zip(row, ranks, ensemble_colours(n_ensembles), strict=True)):
            heights = np.histogram(ensemble, edges)[0] * _BARS / ensemble.size
            highest = max(highest, float(heights.max()))
            axes.stairs(heights, edges, fill=True, color=colour, lw=0, label=f"ensemble {column + 1}")
            axes.axhspan(1.0 - half, 1.0 + half, facecolor="0.2", alpha=0.22, lw=0, zorder=3)
            axes.axhline(1.0, color="0.1", lw=0.7, zorder=4)
            axes.xaxis.set_major_locator(FixedLocator([0.0, 0.25, 0.5, 0.75, 1.0]))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda rank, _: f"{100 * rank:.0f}" if 0 < rank < 1 else ""))
            hide_ticks(axes, y=column > 0)
        attributes = file.posterior[name].attrs
        row[0].set_ylabel(f"${attributes['label']}$", rotation=0, ha="right", va="center", labelpad=5)
    for column, axes in enumerate(panels[0]):
        axes.set_title(f"ensemble {column + 1}")
    panels[0, 0].set_xlim(0.0, 1.0)
    panels[0, 0].set_ylim(0.0, max(1.5, 1.05 * highest))
    figure.supxlabel("rank among the draws of all ensembles [%]", fontsize=TEXT)
    figure.supylabel("draws / expected", fontsize=TEXT)
    return figure


def effective_sizes(diagnostics: Mapping[str, Any], names: Sequence[str]) -> dict[str, float]:
    """Bulk effective sample sizes; a single draw where a stuck ensemble left none, because its figure must be drawn.

    Raises
    ------
    Refusal
        If the diagnostics lack a variable.
    """
    missing = [name for name in names if "ess_bulk" not in diagnostics["quantities"].get(name, {})]
    if missing:
        raise Refusal(f"diagnostics.json: no ess_bulk for {', '.join(missing)}; run `mevdm diagnose` again")
    sizes = {name: diagnostics["quantities"][name]["ess_bulk"] for name in names}
    return {name: float(size) if size is not None and 0.0 < size < np.inf else 1.0 for name, size in sizes.items()}


FIGURE = RunFigure(
    section="convergence",
    alternative_text=lambda _, summary: f"Histograms of ranks for each ensemble, for {parameter_symbols(summary)}.",
    draw=lambda file, diagnostics: rank_figure(
        file, file.names("parameter"), effective_sizes(diagnostics, file.names("parameter"))
    ),
)
