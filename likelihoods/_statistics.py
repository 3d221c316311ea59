"""Densities that likelihoods share."""

import numpy as np

from model.physics.quantities import Array


def gaussian(prediction: Array, value: float, sigma: float, relative_theory_error: float = 0.0) -> Array:
    r"""Gaussian log-likelihood normalised so that a perfect fit without theory error is 0.

    .. math::
        \ln L = -\frac{(x - x_0)^2}{2\sigma_{\rm tot}^2} - \ln\frac{\sigma_{\rm tot}}{\sigma},
        \qquad \sigma_{\rm tot}^2 = \sigma^2 + (t\,x)^2

    theory.md 10. The logarithm keeps a prediction from buying likelihood with its own theory error.

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
