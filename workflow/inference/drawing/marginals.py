"""The curve of a one-dimensional marginal, and the part of it that is shaded."""

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.estimates.regions import Density


def outline(density: Density) -> tuple[Array, Array]:
    """Curve of a density that is closed by a fall to zero at the ends of its grid."""
    x = np.concatenate([density.edges[:1], density.edges[:1], density.centres, density.edges[-1:], density.edges[-1:]])
    y = np.concatenate([[0.0], density.density[:1], density.density, density.density[-1:], [0.0]])
    return x, y


def inside(x: Array, density: Density, probability: float = 0.68) -> NDArray[np.bool_]:
    """Which points of an outline lie in the highest-density intervals."""
    ends = [density.axis.coordinate(np.array(interval)) for interval in density.intervals(probability)]
    shaded: NDArray[np.bool_] = np.logical_or.reduce([(x >= low) & (x <= high) for low, high in ends])
    return shaded
