"""Corner plot of every sampled parameter, nuisances included, with the corner package."""

import numpy as np
from matplotlib.figure import Figure

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import axis_of
from workflow.inference.figures.run_figure import RunFigure, parameter_symbols
from workflow.inference.figures.style import BLUE, VERMILLION, label, styled

LEVELS = (0.68, 0.95)
EDGE = 0.07  # fraction of a panel at its lower end that has no tick


@styled
def parameter_corner_figure(file: PosteriorFile) -> Figure:
    """All pairs of sampled parameters: 68 and 95 % contours, medians with 68 % intervals dashed, best fit marked.

    A parameter with a logarithmic prior is positive, so that its logarithm exists.

    Parameters
    ----------
    file : PosteriorFile
        The run.
    """
    import corner  # it imports ArviZ, which takes two seconds; other figures do not need it

    names = [name for name in file.names("parameter") if np.ptp(file.samples(name)) > 0.0]
    axes = [axis_of(file.posterior[name]) for name in names]
    draws = np.column_stack([axis.coordinate(file.samples(name)) for axis, name in zip(axes, names, strict=True)])
    fits = (np.array([float(file.best_fit[name])]) for name in names)
    best = [float(axis.coordinate(fit)[0]) for axis, fit in zip(axes, fits, strict=True)]
    titles = []
    for axis, name in zip(axes, names, strict=True):
        attributes = file.posterior[name].attrs
        text = label(attributes["label"], attributes["units"])
        titles.append(rf"$\log_{{10}}$ {text}" if axis.scale == "log" else text)
    figure = Figure(figsize=(1.45 * len(names), 1.45 * len(names)))
    corner.corner(
        draws,
        fig=figure,
        labels=titles,
        bins=40,
        levels=LEVELS,
        smooth=0.8,
        quantiles=(0.16, 0.5, 0.84),
        truths=best,
        color=BLUE,
        truth_color=VERMILLION,
        plot_datapoints=False,
        fill_contours=True,
        max_n_ticks=3,
        labelpad=-0.05,
        hist_kwargs={"linewidth": 1.0},
    )
    for panel in figure.axes:  # corner leaves invisible axes above the diagonal
        if not panel.has_data():
            panel.remove()
            continue
        # A label at the edge would run into that of the next panel.
        for ticks, set_ticks, (low, high) in (
            (panel.get_xticks(), panel.set_xticks, panel.get_xlim()),
            (panel.get_yticks(), panel.set_yticks, panel.get_ylim()),
        ):
            set_ticks([tick for tick in ticks if low + EDGE * (high - low) <= tick <= high])
    figure.subplots_adjust(left=0.09, bottom=0.09, right=0.985, top=0.985, wspace=0.05, hspace=0.05)
    return figure


FIGURE = RunFigure(
    section="posterior",
    alternative_text=lambda _, summary: (
        f"Corner plot of all sampled parameters, nuisances included: {parameter_symbols(summary)}."
    ),
    draw=lambda file, _: parameter_corner_figure(file),
)
