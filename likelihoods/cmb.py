"""Energy that annihilation injects at recombination, against the anisotropies of the microwave background."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from likelihoods import _statistics
from likelihoods.data.eras import Era
from likelihoods.data.measurements import Measurement, measurements
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


@dataclass(frozen=True)
class Likelihood:
    """Gaussian in p_ann = k' f_eff <sigma v>/m >= 0, normalised so that no signal is 0.

    docs/physics/early_universe.md 7 derives it.

    Attributes
    ----------
    era : {2008, "modern"}
        2008: half Gaussian that gives the 95 % limit of WMAP5, 2.0e-6 m^3/s/kg = 3.6e-27 cm^3/s/GeV. Modern: the
        profile likelihood of Planck 2018, a Gaussian with a mean below zero; its 95 % limit is 3.1e-28 cm^3/s/GeV.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("p_ann",)
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided
    era: Era = 2008

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        return (measurements()[f"p_ann_{self.era}"],)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        no_signal = _statistics.gaussian(np.zeros(1), datum.value, datum.sigma)
        return _statistics.gaussian(prediction.p_ann, datum.value, datum.sigma) - no_signal
