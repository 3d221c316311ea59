"""Bounds on the kinetic mixing: precision electroweak data."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from likelihoods import _statistics
from likelihoods._measurements import Measurement, measurements
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter


@dataclass(frozen=True)
class Likelihood:
    """Sum over experiments; today the mass of the W.

    The mixing lowers m_W by 0.165 chi^2 at fixed alpha, G_F and m_Z (kinetic_mixing.md 7); a Gaussian against the PDG
    average gives chi < 0.031 at 2 sigma, as published fits do (eps < 0.03, 1006.0973).
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("m_w_gev",)

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurements in use."""
        return (measurements()["w_mass"],)

    def experiments(self, prediction: Prediction) -> dict[str, Array]:
        """Log-likelihood of each experiment, each (n,)."""
        (w_mass,) = self.data
        return {"w_mass": _statistics.gaussian(prediction.m_w_gev, w_mass.value, w_mass.sigma)}

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        return np.sum(list(self.experiments(prediction).values()), axis=0)
