"""Chi-square of a signal on a power-law background whose norm and slope are profiled.

How to read it: for each point the model in bin j is ``signal`` + ``norm`` * ``shape`` with shape = exp((2 - slope)
x_j). Its ``pull`` is the distance to the datum in units of the error bar on the side of the model. The prior of the
slope is one more pull, ``tilt``. A Gauss-Newton step solves the normal equations

    [[a, b], [b, c]] (d norm, d slope) = -(g, h),

where a, b and c sum products of the derivatives of the pulls with respect to norm and slope (``d_norm``, ``d_slope``),
and g and h sum derivative times pull. The norm is kept at zero or above. The loop ends when a step gains less than the
tolerance; the smallest chi-square that was met is returned.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@njit(cache=True)
def profiled_chi_square(
    signal: Array,
    value: Array,
    inverse_up: Array,
    inverse_down: Array,
    ln_energy: Array,
    slope_mean: float,
    slope_sigma: float,
    norm_start: float,
    steps: int,
    tolerance: float,
) -> Array:
    """Minimum over K >= 0 and G of sum [(s_i + K exp((2 - G) x_i) - d_i) / sigma_i]^2 + [(G - mean)/sigma]^2, (n,).

    ``signal`` is (n, k), the data are (k,); 1/sigma_i is ``inverse_up`` where the model is above d_i and
    ``inverse_down`` where it is below; x_i is ``ln_energy``. Gauss-Newton from ``norm_start`` until a step gains less
    than ``tolerance``.
    """
    n, bins = signal.shape
    result = np.empty(n)
    for i in range(n):
        norm, slope = norm_start, slope_mean
        best = np.inf
        for _ in range(steps):
            tilt = (slope - slope_mean) / slope_sigma
            total, a, b, c = tilt * tilt, 0.0, 0.0, 1.0 / slope_sigma**2
            g, h = 0.0, tilt / slope_sigma
            for j in range(bins):
                shape = np.exp((2.0 - slope) * ln_energy[j])
                excess = signal[i, j] + norm * shape - value[j]
                inverse = inverse_up[j] if excess > 0.0 else inverse_down[j]
                pull = excess * inverse
                d_norm = shape * inverse
                d_slope = -norm * ln_energy[j] * d_norm
                total += pull * pull
                a += d_norm * d_norm
                b += d_norm * d_slope
                c += d_slope * d_slope
                g += d_norm * pull
                h += d_slope * pull
            gain = best - total
            best = min(best, total)
            if gain < tolerance:
                break
            determinant = a * c - b * b
            norm = max(norm - (c * g - b * h) / determinant, 0.0)
            slope -= (a * h - b * g) / determinant
        result[i] = best
    return result
