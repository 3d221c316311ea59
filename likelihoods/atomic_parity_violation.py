"""Parity violation in caesium."""

from dataclasses import dataclass
from typing import ClassVar

from likelihoods import _statistics
from likelihoods.data.eras import Era
from likelihoods.data.measurements import Measurement, measurements
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


@dataclass(frozen=True)
class Likelihood:
    """Gaussian in the weak charge of caesium, measured minus Standard Model: a perfect fit is 0.

    It is a constant where electrons couple to U as a vector (kinetic mixing, universal charges).

    Attributes
    ----------
    era : {2008, "modern"}
        Averages of the Particle Data Group of 2008 and 2022, which differ in atomic theory.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("weak_charge_shift",)
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided
    era: Era = 2008

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        return (measurements()[f"weak_charge_{self.era}"],)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        return _statistics.gaussian(prediction.weak_charge_shift, datum.value, datum.sigma)
