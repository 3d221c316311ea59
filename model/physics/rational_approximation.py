"""Rational approximation of a real function by the AAA algorithm, and its partial fractions.

A kernel that has to evaluate a function off the real axis, or needs the residues at its poles, takes it in this form.
The algorithm is that of Nakatsukasa, Sete and Trefethen, SIAM J. Sci. Comput. 40 (2018) A1494, arXiv:1612.00337:
Section 3 for the greedy choice of support points, Eq. (3.11) for the poles.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model._deferred import deferred

if TYPE_CHECKING:
    from scipy import linalg
else:
    linalg = deferred("scipy.linalg")

Array = NDArray[np.float64]


class PartialFractions(NamedTuple):
    r"""Function :math:`f(z) = c + \sum_p r_p / (z - z_p)` that is real on the real axis.

    ``constant`` is c, ``poles`` (p,) and ``residues`` (p,) are complex. Of each pair of complex conjugate poles both
    members are listed.
    """

    constant: float
    poles: NDArray[np.complex128]
    residues: NDArray[np.complex128]

    def evaluate(self, z: Array) -> Array:
        """Value at real arguments z of any shape; same shape."""
        terms = self.residues / (np.asarray(z, dtype=np.float64)[..., np.newaxis] - self.poles)
        result: Array = self.constant + np.sum(terms, axis=-1).real
        return result


def approximate(z: Array, values: Array, tolerance: float, most_terms: int = 40) -> PartialFractions:
    """Rational function that agrees with a real function on a set of points.

    Parameters
    ----------
    z, values : (k,) array
        Points and values of the function there. The function should be analytic near the points.
    tolerance : float
        Largest error over the largest absolute value.
    most_terms : int
        Largest number of support points.

    Returns
    -------
    PartialFractions
        Its poles number one less than the support points.

    Raises
    ------
    ValueError
        If the tolerance is not reached, or if a pole lies on the real axis among the points.
    """
    scale = tolerance * np.max(np.abs(values))
    free = np.ones(len(z), dtype=np.bool_)
    support: list[int] = []
    fit = np.full_like(values, np.mean(values))
    weights = np.empty(0)
    while np.max(np.abs(values - fit)) > scale:
        if len(support) == most_terms:
            raise ValueError(
                f"{most_terms} terms leave an error of {np.max(np.abs(values - fit)):.1e}, above {scale:.1e}"
            )
        worst = int(np.argmax(np.where(free, np.abs(values - fit), -1.0)))
        support.append(worst)
        free[worst] = False
        cauchy = 1.0 / (z[free, np.newaxis] - z[support])
        loewner = (values[free, np.newaxis] - values[support]) * cauchy
        weights = np.linalg.svd(loewner, full_matrices=False)[2][-1]
        fit = values.copy()
        fit[free] = (cauchy @ (weights * values[support])) / (cauchy @ weights)
    return _partial_fractions(z, z[support], values[support], weights)


def _partial_fractions(z: Array, nodes: Array, values: Array, weights: Array) -> PartialFractions:
    """Poles and residues of sum_j w_j f_j / (z - z_j) over sum_j w_j / (z - z_j)."""
    size = len(nodes)
    pencil = np.zeros((size + 1, size + 1))
    pencil[0, 1:], pencil[1:, 0] = weights, 1.0
    pencil[1:, 1:] = np.diag(nodes)
    poles = linalg.eigvals(pencil, np.diag([0.0, *np.ones(size)]))
    # Two eigenvalues of the pencil are infinite.
    poles = poles[np.argsort(np.where(np.isfinite(poles), np.abs(poles), np.inf))][: size - 1]
    inside = (np.abs(poles.imag) < 1e-9 * np.abs(poles)) & (poles.real > z.min()) & (poles.real < z.max())
    if np.any(inside):
        raise ValueError(f"the approximation has a pole on the real axis, at {poles[inside][0].real:.6g}")
    distance = poles[:, np.newaxis] - nodes
    residues = -np.sum(weights * values / distance, axis=1) / np.sum(weights / distance**2, axis=1)
    return PartialFractions(float(np.dot(weights, values) / np.sum(weights)), poles, residues)
