"""Circular speed at the Sun, which relates the density, the scale and the baryons of the Galaxy."""

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
    """Gaussian in the circular speed at the Sun, of halo, bulge and disk.

    Use it where several of rho_sun, r_s, gamma, alpha and baryon_scale vary: each of them changes the speed, and their
    priors are independent. The modern error is systematic, 2 to 5 % of the speed; the middle, 3.5 %, is used.

    Attributes
    ----------
    era : {2008, "modern"}
        The IAU's 220 +- 20 km/s at 8.5 kpc, or Eilers et al. 2019 at 8.122 kpc.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("circular_speed_km_s",)
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided
    era: Era = 2008

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        return (measurements()[f"circular_speed_{self.era}"],)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        return _statistics.gaussian(prediction.circular_speed_km_s, datum.value, datum.sigma)
