"""Nelder and Mead's simplex search for many maxima at once, one batch of evaluations a step.

The search needs no derivatives, since likelihoods here have kinks and end at walls beyond which they are minus
infinity. The coefficients are those of Gao and Han (2012), Comput. Optim. Appl. 51, 259, which keep simplices from
collapsing in many dimensions.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array

Function = Callable[[Array, NDArray[np.intp]], Array]


class Maxima(NamedTuple):
    """End points (m, d) of m searches, their values (m,), and the evaluations of all searches together."""

    points: Array
    values: Array
    evaluations: int


def maximise(
    function: Function, starts: Array, scales: Array, *, steps: int = 400, rounds: int = 3, tolerance: float = 1e-3
) -> Maxima:
    """Climb from each of m starts.

    Parameters
    ----------
    function : callable
        Values (n,) of points (n, d); the second argument says which search each of them belongs to. May be -inf, but
        not NaN.
    starts : (m, d) array
        Where to begin; a start whose value is -inf is returned as it is.
    scales : (d,) or (m, d) array
        Sizes of the first simplices.
    steps : int, optional
        Of one search, at most.
    rounds : int, optional
        Number of searches in a row. Each starts where the one before it ended, with a new simplex, which is mirrored in
        every second round. A simplex that was flattened at a wall or along a ridge gets another chance in this way.
    tolerance : float, optional
        A search ends when the values in its simplex differ by less than this.

    Returns
    -------
    Maxima
        Never lower than the starts.
    """
    best = np.array(starts, dtype=float)
    everyone = np.arange(len(best))
    values = function(best, everyone)
    evaluations = len(best)
    for turn in range(rounds):
        sign = -1.0 if turn % 2 else 1.0
        best, values, made = _search(function, best, values, sign * 0.5**turn * scales, steps, tolerance)
        evaluations += made
    return Maxima(best, values, evaluations)


def _search(
    function: Function, starts: Array, start_values: Array, scales: Array, steps: int, tolerance: float
) -> tuple[Array, Array, int]:
    m, d = starts.shape
    everyone = np.arange(m)
    expand, contract, shrink = 1.0 + 2.0 / d, 0.75 - 0.5 / d, 1.0 - 1.0 / d if d > 1 else 0.5
    offsets = np.eye(d) * np.broadcast_to(scales, (m, d))[:, None, :]
    simplex = np.concatenate([starts[:, None, :], starts[:, None, :] + offsets], axis=1)
    values = np.empty((m, d + 1))
    values[:, 0] = start_values
    values[:, 1:] = function(simplex[:, 1:].reshape(-1, d), np.repeat(everyone, d)).reshape(m, d)
    evaluations = m * d
    rows = np.flatnonzero(np.isfinite(start_values))
    for _ in range(steps):
        order = np.argsort(-values, axis=1, kind="stable")
        values = np.take_along_axis(values, order, axis=1)
        simplex = np.take_along_axis(simplex, order[..., None], axis=1)
        rows = rows[values[rows, 0] - values[rows, -1] >= tolerance]
        if not len(rows):
            break
        centre, worst = simplex[rows, :-1].mean(axis=1), simplex[rows, -1]
        reflected = 2.0 * centre - worst
        at_reflected = function(reflected, rows)
        evaluations += len(rows)
        first, second_last, last = values[rows, 0], values[rows, -2], values[rows, -1]

        # A second point is tried farther out where the first was the best so far, and nearer where it was poor.
        record, poor = at_reflected > first, at_reflected <= second_last
        outside = at_reflected > last
        factor = np.where(record, expand, np.where(outside, contract, -contract))
        tried = centre + factor[:, None] * (centre - worst)
        again = record | poor
        at_tried = np.full(len(rows), -np.inf)
        at_tried[again] = function(tried[again], rows[again])
        evaluations += int(again.sum())

        use_tried = (record & (at_tried > at_reflected)) | (poor & (at_tried > np.where(outside, at_reflected, last)))
        use_reflected = ~use_tried & ~poor | (poor & outside & ~use_tried & (at_reflected > last))
        simplex[rows, -1] = np.where(
            use_tried[:, None], tried, np.where(use_reflected[:, None], reflected, simplex[rows, -1])
        )
        values[rows, -1] = np.where(use_tried, at_tried, np.where(use_reflected, at_reflected, last))

        flat = rows[~(use_tried | use_reflected)]
        if len(flat):
            anchor = simplex[flat, :1]
            simplex[flat, 1:] = anchor + shrink * (simplex[flat, 1:] - anchor)
            values[flat, 1:] = function(simplex[flat, 1:].reshape(-1, d), np.repeat(flat, d)).reshape(-1, d)
            evaluations += d * len(flat)
    top = values.argmax(axis=1)
    return simplex[everyone, top], values[everyone, top], evaluations
