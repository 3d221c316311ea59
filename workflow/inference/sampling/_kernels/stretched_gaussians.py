"""Log-densities of Gaussians with tails: of their own width, with one axis stretched, and wide in all of them."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEGLIGIBLE = 60.0  # in ln, below the largest term at a point: e^-60 is far below rounding


@njit(cache=True)
def log_terms(
    u: Array,
    means: Array,
    whitening: Array,
    log_norms: Array,
    core: float,
    stretched: float,
    wide: float,
    stretched_share: float,
    wide_share: float,
) -> Array:
    """Logarithms of all components at all points, (k, n); -inf where one is negligible beside the others.

    ``u`` is (n, d), ``means`` (k, d); z = ``whitening[k]`` @ (u - mean) has unit variance, (k, d, d). A component is

        e^log_norm { (1 - a - b) N(z; core) + a/d sum_j N(z; core, but ``stretched`` along axis j) + b N(z; wide) }

    with variances ``core`` < ``wide`` <= ``stretched``, shares a and b, and N without its factor (2 pi)^(-d/2).
    """
    n, d = u.shape
    k = len(means)
    result = np.empty((k, n))
    log_core = np.log(1.0 - stretched_share - wide_share) - 0.5 * d * np.log(core)
    log_stretched = np.log(stretched_share / d) - 0.5 * (d - 1) * np.log(core) - 0.5 * np.log(stretched)
    log_wide = np.log(wide_share) - 0.5 * d * np.log(wide)
    log_d, log_3 = np.log(d), np.log(3.0)
    gain = 0.5 * (1.0 / core - 1.0 / stretched)
    offset, z2 = np.empty(d), np.empty(d)
    for i in range(n):
        best = -np.inf
        for c in range(k):
            for m in range(d):
                offset[m] = u[i, m] - means[c, m]
            distance, largest = 0.0, 0.0
            for j in range(d):
                z = 0.0
                for m in range(d):
                    z += whitening[c, j, m] * offset[m]
                z2[j] = z * z
                distance += z2[j]
                largest = max(largest, z2[j])
            first = log_core - 0.5 * distance / core
            second = log_stretched - 0.5 * distance / core + gain * largest  # without the other axes: up to ln d more
            third = log_wide - 0.5 * distance / wide
            top = max(first, second, third)
            if log_norms[c] + top + log_d + log_3 < best - NEGLIGIBLE:
                result[c, i] = -np.inf
                continue
            total = 0.0
            for j in range(d):
                total += np.exp(gain * (z2[j] - largest))
            value = np.exp(first - top) + np.exp(second - top) * total + np.exp(third - top)
            result[c, i] = log_norms[c] + top + np.log(value)
            best = max(best, result[c, i])
    return result
