"""Local polynomial interpolation of several quantities on a uniform three-dimensional grid.

How to read it: a point lies between grid nodes on three axes. On each axis `_stencil` finds the ``width`` nearest nodes
and the weights of the Lagrange polynomial through them. The interpolated value is the sum over all combinations of
nodes of the product of three weights times the tabulated value.

The sum is split in two to save work. For the position on axes 1 and 2, ``line`` holds the partial sums at the nodes of
axis 0. Consecutive points of a run often differ on axis 0 alone (the inner slope, with a fixed scale radius and
distance of the Sun), so ``line`` is kept from point to point and its entries are computed only where a point needs
them; ``filled`` marks those that are valid. The outer loop is over points, the inner ones over nodes and quantities.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@njit(cache=True)
def _stencil(position: float, size: int, weights: Array) -> int:
    """Lagrange weights of the nodes nearest to a position (in steps from node 0); returns the first node used."""
    count = min(len(weights), size)
    first = min(max(int(np.floor(position)) - (count - 1) // 2, 0), size - count)
    offset = position - first
    for k in range(count):
        weight = 1.0
        for j in range(count):
            if j != k:
                weight *= (offset - j) / (k - j)
        weights[k] = weight
    return first


@njit(cache=True)
def interpolate(values: Array, start: Array, step: Array, points: Array, width: int) -> Array:
    """Tensor Lagrange interpolation with at most ``width`` nodes an axis.

    ``values`` is (n_0, n_1, n_2, q) on nodes ``start[a] + step[a] * i``; ``points`` is (3, n); the result is (n, q).
    An axis with fewer nodes uses them all; one with a single node ignores its coordinate.
    """
    n_0, n_1, n_2, quantities = values.shape
    n = points.shape[1]
    weights_0, weights_1, weights_2 = np.empty(width), np.empty(width), np.empty(width)
    # partial sums at the current position on axes 1 and 2, filled where needed
    line = np.empty((n_0, quantities))
    filled = np.zeros(n_0, dtype=np.bool_)
    first_1, first_2 = 0, 0
    result = np.zeros((n, quantities))
    for i in range(n):
        first_0 = _stencil((points[0, i] - start[0]) / step[0], n_0, weights_0)
        if i == 0 or points[1, i] != points[1, i - 1] or points[2, i] != points[2, i - 1]:
            first_1 = _stencil((points[1, i] - start[1]) / step[1], n_1, weights_1)
            first_2 = _stencil((points[2, i] - start[2]) / step[2], n_2, weights_2)
            filled[:] = False
        for a in range(min(width, n_0)):
            node = first_0 + a
            if not filled[node]:
                filled[node] = True
                line[node] = 0.0
                for b in range(min(width, n_1)):
                    for c in range(min(width, n_2)):
                        weight = weights_1[b] * weights_2[c]
                        for q in range(quantities):
                            line[node, q] += weight * values[node, first_1 + b, first_2 + c, q]
            for q in range(quantities):
                result[i, q] += weights_0[a] * line[node, q]
    return result
