"""Muon anomalous magnetic moment, measured minus Standard Model."""

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
    """Gaussian in Delta a_mu: a 3.4 sigma anomaly in 2008, none in 2025.

    Attributes
    ----------
    era : {2008, "modern"}
        Brookhaven with the e+e- prediction of 2007, or Fermilab 2025 with the white paper of 2025 (lattice).
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("delta_a_mu",)
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided
    era: Era = 2008

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        return (measurements()[f"muon_g2_{self.era}"],)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        return _statistics.gaussian(prediction.delta_a_mu, datum.value, datum.sigma)
