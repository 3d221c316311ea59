"""Reading and writing of profile likelihoods."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.writing.origin import Origin, read_npz, write_npz

THRESHOLDS = (2.30, 6.18)  # of -2 ln L below the maximum: 68.3 and 95.4 % of chi^2 of two degrees of freedom (Wilks)
_ARRAYS = ("x_edges", "y_edges", "log_likelihood", "points")


@dataclass(frozen=True)
class Profile:
    """The profile of two quantities, in the coordinates in which they are drawn (log10 of what is logarithmic).

    Attributes
    ----------
    across, up : str
        Names of the quantities.
    x_edges, y_edges : (n + 1,) arrays
        Edges of the cells.
    log_likelihood : (n, n) array
        The highest ln L in cell (i, j) of x and y, measurements behind normal priors included; -inf where none was
        found within reach.
    points : (n, n, d) array
        Sampling coordinates of that point; NaN where there is none.
    """

    across: str
    up: str
    x_edges: Array
    y_edges: Array
    log_likelihood: Array
    points: Array


def write_profiles(profiles: Sequence[Profile], origin: Origin, path: Path) -> None:
    """Write profiles as NumPy archive; equal content, equal bytes.

    Parameters
    ----------
    profiles : sequence of Profile
        One per plane; the thresholds count from the highest of all.
    origin : Origin
        Names the posterior.nc that they belong to.
    path : Path
        The file to write.
    """
    highest = max(float(p.log_likelihood.max()) for p in profiles)
    arrays: dict[str, NDArray[np.generic]] = {"highest": np.array(highest)}
    for p in profiles:
        for name in _ARRAYS:
            arrays[f"{p.across}.{p.up}.{name}"] = getattr(p, name)
    write_npz(path, arrays, origin)


def read_profiles(path: Path) -> tuple[list[Profile], float]:
    """Profiles of a file, and the highest log-likelihood of all of them."""
    stored, _ = read_npz(path)
    planes = [tuple(name.split(".")[:2]) for name in stored if name.endswith(".points")]
    profiles = [Profile(a, b, *(stored[f"{a}.{b}.{name}"] for name in _ARRAYS)) for a, b in planes]
    return profiles, float(stored["highest"])
