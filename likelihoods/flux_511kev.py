"""Flux of the Galactic 511 keV line from the bulge."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from likelihoods import _statistics
from likelihoods.data.eras import Era
from likelihoods.data.measurements import Measurement, measurements
from model.physics.positrons import line_511kev
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements

RATE_SCATTER_DEX = 0.3  # of the paper's round 3e42 e+/s (docs/physics/galaxy.md 4)


@dataclass(frozen=True)
class Likelihood:
    """SPI line flux, or the paper's positron rate.

    Gaussian in the flux inside the configured aperture, with a theory error proportional to the prediction
    (docs/physics/model.md 7). With ``rate_convention: paper`` the model's positron rate is compared with 3e42 e+/s
    instead, log-normally with 0.3 dex: flux and that rate are not the same datum (docs/physics/galaxy.md 4).

    Attributes
    ----------
    era : {2008, "modern"}
        Knoedlseder 2005 or Siegert 2016.
    rate_convention : {"flux", "paper"}
        What is compared.
    theory_error : float
        One standard deviation as a fraction of the predicted flux.

    Raises
    ------
    ValueError
        If theory_error is negative or above 10, or is given with ``rate_convention: paper``, which does not read it.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = line_511kev.PARAMETERS
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided
    era: Era = 2008
    rate_convention: Literal["flux", "paper"] = "flux"
    theory_error: float = 0.10

    def __post_init__(self) -> None:
        if not 0.0 <= self.theory_error <= 10.0:
            raise ValueError(f"theory_error is {self.theory_error:g}; allowed: from 0 to 10, ten times the prediction")
        if self.rate_convention == "paper" and self.theory_error != 0.10:
            raise ValueError(
                f"theory_error is {self.theory_error:g}; read with rate_convention flux only, leave it out"
            )

    @property
    def needs(self) -> tuple[str, ...]:
        """What is compared."""
        return ("flux_511kev",) if self.rate_convention == "flux" else ("positron_rate",)

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        key = f"flux_511kev_{self.era}" if self.rate_convention == "flux" else "positron_rate_paper"
        return (measurements()[key],)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        if self.rate_convention == "flux":
            return _statistics.gaussian(prediction.flux_511kev, datum.value, datum.sigma, self.theory_error)
        return _statistics.gaussian(np.log10(prediction.positron_rate / datum.value), 0.0, RATE_SCATTER_DEX)
