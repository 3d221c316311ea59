"""Trace and rank plots, which show whether independent ensembles tell the same story from beginning to end."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter
from scipy.stats import rankdata

from model.physics.quantities import Array
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Axis, axis_of
from workflow.inference.figures.style import (
    ENSEMBLES,
    hide_ticks,
    label,
    layout,
    power_of,
    set_linear_ticks,
    set_log_ticks,
    styled,
    thin,
)

_BLOCKS = 40
_DOTS = 500
_BARS = 20


@styled
def trace_figure(file: PosteriorFile, names: Sequence[str]) -> Figure:
    """Draws in time order, with the running median of each ensemble; the last row is the log posterior.

    Parameters
    ----------
    file : PosteriorFile
        Its ``chain`` is one independent ensemble, its ``draw`` runs in time.
    names : sequence of str
        Variables of the posterior.
    """
    rows = [_trace_row(file, name) for name in names]
    lp = file.sample_stats["lp"].transpose("chain", "draw").to_numpy()
    rows.append((lp, r"\ln\,p(\theta\,|\,{\rm data})", "1", Axis()))
    figure = Figure(figsize=(7.6, 0.35 + 1.05 * len(rows)), layout=layout(0.04, 0.02, 0.02))
    panels = figure.subplots(len(rows), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (values, latex, unit, axis) in zip(panels, rows, strict=True):
        x = axis.coordinate(values)
        time = np.arange(x.shape[1])
        few = thin(x.shape[1], _DOTS)
        for ensemble, (draws, colour) in enumerate(zip(x, _colours(len(x)), strict=True)):
            axes.plot(time[few], draws[few], ".", ms=2.6, mew=0, color=colour, alpha=0.45, rasterized=True, zorder=1)
            axes.plot(*_running_median(draws), color=colour, lw=1.4, zorder=2 + ensemble)
        low, high = np.quantile(x, [5e-4, 1.0 - 5e-4])
        margin = 0.06 * max(float(high - low), 1e-12 * max(abs(float(low)), 1e-300))
        low, high = float(low) - margin, float(high) + margin
        axes.set_ylim(low, high)
        axes.set_xlim(0, x.shape[1] - 1)
        power = 0
        if axis.scale == "log":
            set_log_ticks(axes.yaxis, low, high)
        else:
            power = power_of(low, high)
            set_linear_ticks(axes.yaxis, power, 3)
        axes.set_ylabel(label(latex, unit, power, separator="\n"), rotation=0, ha="right", va="center", labelpad=6)
    panels[-1].set_xlabel("draw within the ensemble, in time order")
    handles = [Line2D([], [], color=c, lw=2, label=f"ensemble {i + 1}") for i, c in enumerate(_colours(len(lp)))]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), 6))
    return figure


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
    ValueError
        If a variable has no positive effective sample size.
    """
    missing = [name for name in names if not effective.get(name, np.nan) > 0.0]
    if missing:
        raise ValueError(f"no effective sample size for {', '.join(missing)}")
    n_ensembles = file.posterior.sizes["chain"]
    figure = Figure(figsize=(1.2 + 1.65 * n_ensembles, 0.75 + 0.82 * len(names)), layout=layout(0.02, 0.02, 0.02))
    panels = figure.subplots(len(names), n_ensembles, sharex=True, sharey=True, squeeze=False)
    edges = np.linspace(0.0, 1.0, _BARS + 1)
    highest = 0.0
    for row, name in zip(panels, names, strict=True):
        values = file.posterior[name].transpose("chain", "draw").to_numpy()
        ranks = (rankdata(values).reshape(values.shape) - 0.5) / values.size
        half = min(1.96 * np.sqrt((_BARS - 1) * n_ensembles / effective[name]), 1.0)
        for column, (axes, ensemble, colour) in enumerate(zip(row, ranks, _colours(n_ensembles), strict=True)):
            heights = np.histogram(ensemble, edges)[0] * _BARS / ensemble.size
            highest = max(highest, float(heights.max()))
            axes.stairs(heights, edges, fill=True, color=colour, lw=0)
            axes.axhspan(1.0 - half, 1.0 + half, facecolor="0.2", alpha=0.22, lw=0, zorder=3)
            axes.axhline(1.0, color="0.1", lw=0.7, zorder=4)
            axes.xaxis.set_major_locator(FixedLocator([0.0, 0.25, 0.5, 0.75, 1.0]))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda rank, _: f"{100 * rank:.0f}" if 0 < rank < 1 else ""))
            hide_ticks(axes, y=column > 0)
        attributes = file.posterior[name].attrs
        row[0].set_ylabel(f"${attributes['label']}$", rotation=0, ha="right", va="center", labelpad=8)
    for column, axes in enumerate(panels[0]):
        axes.set_title(f"ensemble {column + 1}")
    panels[0, 0].set_xlim(0.0, 1.0)
    panels[0, 0].set_ylim(0.0, max(1.5, 1.05 * highest))
    figure.supxlabel("rank among the draws of all ensembles [%]", fontsize=9)
    figure.supylabel("draws / expected", fontsize=9)
    return figure


def _trace_row(file: PosteriorFile, name: str) -> tuple[Array, str, str, Axis]:
    if name not in file.posterior:
        raise ValueError(f"the posterior has no variable {name!r}")
    variable = file.posterior[name]
    values = variable.transpose("chain", "draw").to_numpy()
    return values, str(variable.attrs["label"]), str(variable.attrs["units"]), axis_of(variable)


def _running_median(draws: Array) -> tuple[Array, Array]:
    blocks = np.array_split(draws, min(_BLOCKS, draws.size))
    ends = np.cumsum([block.size for block in blocks])
    return ends - 0.5 * np.array([block.size for block in blocks]), np.array([np.median(block) for block in blocks])


def _colours(count: int) -> list[str]:
    return [ENSEMBLES[i % len(ENSEMBLES)] for i in range(count)]
