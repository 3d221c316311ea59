"""Densities and sums that likelihoods share."""

from collections.abc import Mapping

import numpy as np

from model.physics.confidence import ONE_SIDED_90, TWO_SIDED_95
from model.physics.prediction import Prediction
from model.physics.quantities import Array

_STANDARD_DEVIATIONS: dict[float, float] = {0.90: ONE_SIDED_90, 0.95: TWO_SIDED_95}


def gaussian(prediction: Array, value: float, sigma: float, relative_theory_error: Array | float = 0.0) -> Array:
    r"""Gaussian log-likelihood normalised so that a perfect fit without theory error is 0.

    .. math::
        \ln L = -\frac{(x - x_0)^2}{2\sigma_{\rm tot}^2} - \ln\frac{\sigma_{\rm tot}}{\sigma},
        \qquad \sigma_{\rm tot}^2 = \sigma^2 + (t\,x)^2

    docs/physics/model.md 7. The logarithm prevents a prediction from gaining likelihood through its own theory error.

    Parameters
    ----------
    prediction : (n,) array
        Predicted x, in the unit of ``value``.
    value, sigma : float
        Measured value and its standard error, sigma > 0.
    relative_theory_error : float or (n,) array
        t, one standard deviation as a fraction of the prediction.

    Returns
    -------
    (n,) array
        Log-likelihood; -inf where the prediction is infinite or so large that the square overflows.
    """
    infinite = np.isinf(prediction)
    finite = np.where(infinite, value, prediction)
    with np.errstate(over="ignore"):
        total = np.hypot(sigma, relative_theory_error * finite)
        result: Array = -0.5 * ((finite - value) / total) ** 2 - np.log(total / sigma)
    return np.where(infinite, -np.inf, result)


def upper_half(prediction: Array, value: float, sigma: float, relative_theory_error: Array | float = 0.0) -> Array:
    r"""Upper half of `gaussian`: an upper limit on a quantity to which something else may contribute.

    Zero up to x_0 and

    .. math:: \ln L = -\frac{(x - x_0)^2}{2\sigma_{\rm tot}^2(x)} - \ln\frac{\sigma_{\rm tot}(x)}{\sigma_{\rm tot}(x_0)}

    above x_0. The function is continuous and falls without bound. Parameters as for `gaussian`; -inf where the
    prediction is infinite.
    """
    above = gaussian(np.maximum(prediction, value), value, sigma, relative_theory_error)
    at_value = np.log(np.hypot(1.0, relative_theory_error * value / sigma))
    result: Array = np.where(prediction <= value, 0.0, above + at_value)  # NaN stays NaN
    return result


def upper_limit(prediction: Array, limit: float, confidence: float) -> Array:
    r"""Half Gaussian of a signal that is not seen, :math:`\ln L = -\frac12 (k x / x_{\rm limit})^2`: no signal is 0.

    A flat prior in x >= 0 then holds the fraction ``confidence`` below the published limit: k is 1.645 for 90 % and
    1.96 for 95 %.

    Parameters
    ----------
    prediction : (n,) array
        Predicted x >= 0, in the unit of ``limit``.
    limit : float
        Published upper limit.
    confidence : {0.90, 0.95}
        Its confidence level.

    Returns
    -------
    (n,) array
        Log-likelihood.
    """
    with np.errstate(over="ignore"):  # beyond all numbers is excluded
        result: Array = -0.5 * (_STANDARD_DEVIATIONS[confidence] * prediction / limit) ** 2
    return result


def total(terms: Mapping[str, Array]) -> Array:
    """Sum of the log-likelihoods of a likelihood's experiments, each (n,)."""
    first, *others = terms.values()  # one after the other, whatever the number of points
    return sum(others, first)


def undivided(_: object, prediction: Prediction) -> dict[str, Array]:  # noqa: ARG001  the protocol has this name
    """The ``experiments`` of a likelihood that is not a sum over any."""
    return {}
