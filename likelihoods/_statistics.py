"""Densities that likelihoods share."""

import numpy as np

from model.physics.quantities import Array


def gaussian(prediction: Array, value: float, sigma: float, relative_theory_error: float = 0.0) -> Array:
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
    relative_theory_error : float
        t, one standard deviation as a fraction of the prediction.

    Returns
    -------
    (n,) array
        Log-likelihood; -inf where the prediction is infinite or so large that the square overflows.
    """
    infinite = np.isinf(prediction)
    finite = np.where(infinite, value, prediction)
    total = np.hypot(sigma, relative_theory_error * finite)
    result: Array = -0.5 * ((finite - value) / total) ** 2 - np.log(total / sigma)
    return np.where(infinite, -np.inf, result)


def upper_half(prediction: Array, value: float, sigma: float, relative_theory_error: float = 0.0) -> Array:
    r"""Upper half of `gaussian`: an upper limit on a quantity to which something else may contribute.

    Zero up to x_0 and

    .. math:: \ln L = -\frac{(x - x_0)^2}{2\sigma_{\rm tot}^2(x)} - \ln\frac{\sigma_{\rm tot}(x)}{\sigma_{\rm tot}(x_0)}

    above x_0. The function is continuous and falls without bound. Parameters as for `gaussian`; -inf where the
    prediction is infinite.
    """
    above = gaussian(np.maximum(prediction, value), value, sigma, relative_theory_error)
    at_value = np.log(np.hypot(1.0, relative_theory_error * value / sigma))
    result: Array = np.where(prediction > value, above + at_value, 0.0)
    return result
