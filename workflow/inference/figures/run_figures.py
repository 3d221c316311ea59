"""The figures of a run, and which quantities each of them shows."""

from pathlib import Path

import numpy as np

from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.figures.chains import rank_figure, trace_figure
from workflow.inference.figures.corner import corner_figure
from workflow.inference.figures.parameter_corner import parameter_corner_figure
from workflow.inference.figures.predictive import predictive_figure
from workflow.inference.figures.style import save

NAMES = ("corner", "corner_derived", "corner_parameters", "trace", "rank", "predictive")
PLANE = "kinetic_mixing_plane"  # drawn by mixing_plane.py, which needs the physics and not only the draws
PROFILE = "profile"  # drawn by profile_figure.py, where a run asks for it

_COUPLINGS = ("g", "chi", "lambda")
_MOST_COLUMNS = 6


def write_figures(posterior_path: Path, diagnostics_path: Path, folder: Path) -> tuple[Path, ...]:
    """Draw all figures of a run; each becomes ``<name>.png`` and ``<name>.pdf``, `NAMES` says which.

    Parameters
    ----------
    posterior_path, diagnostics_path : Path
        ``posterior.nc`` and ``diagnostics.json`` of one run.
    folder : Path
        Where to write; made if it does not exist.
    """
    file = posterior_file.read(posterior_path)
    diagnostics = posterior_file.read_diagnostics(diagnostics_path)
    parameters = file.names("parameter")
    missing = [name for name in parameters if "ess_bulk" not in diagnostics["quantities"].get(name, {})]
    if missing:
        raise ValueError(f"{diagnostics_path}: no ess_bulk for {', '.join(missing)}")
    effective = {name: _effective(diagnostics["quantities"][name]["ess_bulk"]) for name in parameters}
    figures = {
        "corner": corner_figure(file, coupling_columns(file), panel=2.1),
        "corner_derived": corner_figure(file, derived_columns(file), panel=1.6),
        "corner_parameters": parameter_corner_figure(file),
        "trace": trace_figure(file, parameters),
        "rank": rank_figure(file, parameters, effective),
        "predictive": predictive_figure(file, predicted_columns(file)),
    }
    return tuple(path for name in NAMES for path in save(figures[name], folder, name))


def coupling_columns(file: PosteriorFile) -> list[str]:
    """The paper's couplings where the run samples them all; for other models the first parameters it samples."""
    parameters = file.names("parameter")
    return list(_COUPLINGS) if set(_COUPLINGS) <= set(parameters) else parameters[:_MOST_COLUMNS]


def derived_columns(file: PosteriorFile) -> list[str]:
    """Quantities that the table of observables wants drawn, those that vary; two at least, as the line always has."""
    drawn = [name for name in _drawn(file) if np.ptp(file.samples(name)) > 0.0]
    return drawn if len(drawn) > 1 else ["flux_511_bulge_ph_cm2_s", "positron_rate_s"]


def predicted_columns(file: PosteriorFile) -> list[str]:
    """Observables that were measured; where the data are no single numbers, as annuli of the sky, the line's flux."""
    return [name for name in _drawn(file) if file.data("observable", name)] or ["flux_511_bulge_ph_cm2_s"]


def _drawn(file: PosteriorFile) -> list[str]:
    return [str(name) for name, variable in file.posterior.items() if "drawn" in variable.attrs]


def _effective(sample_size: float | None) -> float:
    """Effective sample size, or a single draw where a stuck ensemble left none: its figure must still be drawn."""
    if sample_size is None or not np.isfinite(sample_size) or sample_size <= 0.0:
        return 1.0
    return float(sample_size)
