"""Profile-likelihood regions beside credible regions, one panel for each plane."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from workflow.inference.drawing.figure_files import save
from workflow.inference.drawing.style import (
    BLUE,
    COLUMN,
    ORANGE,
    PAGE,
    VERMILLION,
    label,
    layout,
    set_ticks,
    styled,
)
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.profile_file import THRESHOLDS, Profile, read_profiles
from workflow.inference.estimates.regions import axis_of, region_2d
from workflow.inference.figures.run_figure import RunFigure, caption
from workflow.inference.writing.origin import Origin

PROFILE_68, PROFILE_95 = "#E8A33D", "#F8DFB4"  # tints of the palette's ORANGE


def write_profile_figure(
    profile_path: Path, posterior_path: Path, folder: Path, name: str, origin: Origin | None = None
) -> tuple[Path, ...]:
    """Draw the profiles of a file beside the posterior that they belong to; returns the files of the figure."""
    profiles, highest = read_profiles(profile_path)
    figure = profile_figure(profiles, highest, posterior_file.read(posterior_path))
    return save(figure, folder, name, caption(name), origin)


@styled
def profile_figure(profiles: Sequence[Profile], highest: float, file: PosteriorFile) -> Figure:
    """Draw all planes.

    Parameters
    ----------
    profiles : sequence of Profile
        In the coordinates in which the posterior's variables are drawn.
    highest : float
        Log-likelihood from which the thresholds count.
    file : PosteriorFile
        Draws for the credible contours, labels, and the best fit.
    """
    columns = min(2, len(profiles))
    rows = -(-len(profiles) // columns)
    figure = Figure(figsize=(COLUMN if columns == 1 else PAGE, 2.8 * rows + 0.4), layout=layout(0.05, 0.05))
    grid = figure.add_gridspec(rows, columns)
    for k, profile in enumerate(profiles):
        _draw(figure.add_subplot(grid[k // columns, k % columns]), profile, highest, file)
    handles: list[Line2D | Patch] = [
        Patch(facecolor=PROFILE_68, edgecolor=ORANGE, label="profile likelihood, 68 %"),
        Patch(facecolor=PROFILE_95, edgecolor=ORANGE, label="95 %"),
        Line2D([], [], color=BLUE, lw=1.5, label="posterior, 68 %"),
        Line2D([], [], color=BLUE, lw=0.9, ls="--", label="95 %"),
        Line2D([], [], marker="*", ms=7, mfc=VERMILLION, mec="white", ls="", label="best fit"),
    ]
    fits = 5 if columns > 1 else 2  # entries in a line
    figure.legend(handles=handles, loc="outside upper center", ncols=fits, handlelength=1.8, columnspacing=1.2)
    return figure


def _draw(axes: Axes, profile: Profile, highest: float, file: PosteriorFile) -> None:
    across, up = (axis_of(file.posterior[name]) for name in (profile.across, profile.up))
    cost = -2.0 * (profile.log_likelihood - highest).T
    inner, outer = THRESHOLDS
    axes.pcolormesh(
        profile.x_edges,
        profile.y_edges,
        np.where(cost <= outer, (cost <= inner).astype(float), np.nan),
        cmap=ListedColormap([PROFILE_95, PROFILE_68]),
        vmin=0.0,
        vmax=1.0,
        rasterized=True,
    )
    region = region_2d(file.samples(profile.across), file.samples(profile.up), across, up)
    if 0.0 < region.levels[1] < region.levels[0] < region.density.max():
        axes.contour(
            region.x,
            region.y,
            region.density,
            [region.levels[1], region.levels[0]],
            colors=BLUE,
            linewidths=(0.9, 1.5),
            linestyles=("--", "-"),
        )
    star = (
        float(axis.coordinate(np.array([float(file.best_fit[name])]))[0])
        for axis, name in ((across, profile.across), (up, profile.up))
    )
    axes.plot(*star, marker="*", ms=7, mfc=VERMILLION, mec="white", mew=0.5, ls="")
    for axis, quantity, name, edges in (
        (axes.xaxis, across, profile.across, profile.x_edges),
        (axes.yaxis, up, profile.up, profile.y_edges),
    ):
        power = set_ticks(axis, quantity.scale, float(edges[0]), float(edges[-1]))
        attributes = file.posterior[name].attrs
        axis.set_label_text(label(str(attributes["label"]), str(attributes["units"]), power))
    axes.set_xlim(profile.x_edges[0], profile.x_edges[-1])
    axes.set_ylim(profile.y_edges[0], profile.y_edges[-1])
    axes.tick_params(which="both", top=True, right=True)


FIGURE = RunFigure(
    section="profile",
    alternative_text=lambda *_: (
        "Profile-likelihood regions of 68 and 95 % in planes of couplings and masses, with credible contours."
    ),
)
