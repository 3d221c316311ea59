"""Traces: draws in time order, which show whether independent ensembles agree from beginning to end."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from model.physics.quantities import Array
from workflow.inference.drawing.style import (
    PAGE,
    ensemble_colours,
    label,
    layout,
    set_ticks,
    styled,
    thin,
)
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Axis, axis_of
from workflow.inference.figures.run_figure import RunFigure, parameter_symbols
from workflow.inference.writing.refusal import Refusal

_BLOCKS = 40
_DOTS = 500


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
    figure = Figure(figsize=(PAGE, 0.45 + 0.72 * len(rows)), layout=layout(0.03, 0.01, 0.01))
    panels = figure.subplots(len(rows), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (values, latex, unit, axis) in zip(panels, rows, strict=True):
        x = axis.coordinate(values)
        time = np.arange(x.shape[1])
        few = thin(x.shape[1], _DOTS)
        for ensemble, (draws, colour) in enumerate(zip(x, ensemble_colours(len(x)), strict=True)):
            axes.plot(time[few], draws[few], ".", ms=1.8, mew=0, color=colour, alpha=0.45, rasterized=True, zorder=1)
            axes.plot(
                *_running_median(draws),
                color=colour,
                lw=1.0,
                zorder=2 + ensemble,
                label=f"ensemble {ensemble + 1}: running median",
            )
        low, high = np.quantile(x, [5e-4, 1.0 - 5e-4])
        margin = 0.06 * max(float(high - low), 1e-12 * max(abs(float(low)), 1e-300))
        low, high = float(low) - margin, float(high) + margin
        axes.set_ylim(low, high)
        axes.set_xlim(0, x.shape[1] - 1)
        power = set_ticks(axes.yaxis, axis.scale, low, high, 3, 0.08)
        axes.set_ylabel(label(latex, unit, power, separator="\n"), rotation=0, ha="right", va="center", labelpad=4)
    panels[-1].set_xlabel("draw within the ensemble, in time order")
    handles = [
        Line2D([], [], color=c, lw=2, label=f"ensemble {i + 1}") for i, c in enumerate(ensemble_colours(len(lp)))
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), 6))
    return figure


def _trace_row(file: PosteriorFile, name: str) -> tuple[Array, str, str, Axis]:
    if name not in file.posterior:
        raise Refusal(
            f"the posterior of {file.run} has no variable {name!r}; allowed: {', '.join(map(str, file.posterior))}"
        )
    variable = file.posterior[name]
    values = variable.transpose("chain", "draw").to_numpy()
    return values, str(variable.attrs["label"]), str(variable.attrs["units"]), axis_of(variable)


def _running_median(draws: Array) -> tuple[Array, Array]:
    blocks = np.array_split(draws, min(_BLOCKS, draws.size))
    ends = np.cumsum([block.size for block in blocks])
    return ends - 0.5 * np.array([block.size for block in blocks]), np.array([np.median(block) for block in blocks])


FIGURE = RunFigure(
    section="convergence",
    alternative_text=lambda _, summary: (
        f"Draws in time order with running medians of each ensemble, for {parameter_symbols(summary)} and the log"
        " posterior."
    ),
    draw=lambda file, _: trace_figure(file, file.names("parameter")),
)
