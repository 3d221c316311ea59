"""Log-densities of Gaussians with tails: of their own width, with one axis stretched, and wide in all axes.

How to read this kernel:

1. The outer loop runs over points, the inner one over components of the mixture.
2. ``offset`` is the point minus the mean; ``whitening`` turns it into z with unit variances, and ``z2`` holds z_j^2.
3. A component is a sum of 2 + d Gaussians in z: the core, d copies with one axis stretched, and a wide one.
4. ``first``, ``second`` and ``third`` are the logarithms of the core, of the largest of the d stretched copies, and of
   the wide one. Stretching axis j multiplies the core by e^(gain z_j^2) up to a constant, so that the axis with the
   largest z_j^2 gives the largest copy.
5. The sum of the d copies is at most d times the largest and the sum of three terms at most three times the largest.
   If even this bound is below e^-`NEGLIGIBLE` of the best component so far, the component is skipped as -inf.
6. Otherwise the sum is taken relative to the largest term (``top``), so that no exponential overflows.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEGLIGIBLE = 60.0  # difference of logarithms from the best component at a point; e^-60 is far below rounding


@njit(cache=True)
def log_terms(
    u: Array,
    means: Array,
    whitening: Array,
    log_norms: Array,
    core: float,
    stretched: float,
    wide: float,
    stretched_fraction: float,
    wide_fraction: float,
) -> Array:
    """Logarithms of all components at all points, (k, n); -inf where one is negligible beside the others.

    ``u`` is (n, d), ``means`` (k, d); z = ``whitening[k]`` @ (u - mean) has unit variance, (k, d, d). A component is

        e^log_norm { (1 - a - b) N(z; core) + a/d sum_j N(z; core, but ``stretched`` along axis j) + b N(z; wide) }

    with variances ``core`` < ``wide`` <= ``stretched``, fractions a and b, and N without its factor (2 pi)^(-d/2).
    """
    n, d = u.shape
    k = len(means)
    result = np.empty((k, n))
    log_core = np.log(1.0 - stretched_fraction - wide_fraction) - 0.5 * d * np.log(core)
    log_stretched = np.log(stretched_fraction / d) - 0.5 * (d - 1) * np.log(core) - 0.5 * np.log(stretched)
    log_wide = np.log(wide_fraction) - 0.5 * d * np.log(wide)
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
