"""Relic abundance of dark matter."""

from dataclasses import dataclass
from typing import ClassVar

from likelihoods import _statistics
from likelihoods.data.eras import Era
from likelihoods.data.measurements import Measurement, measurements
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import Requirements


@dataclass(frozen=True)
class Likelihood:
    """Gaussian in Omega h^2 with a theory error (docs/physics/model.md 7).

    Attributes
    ----------
    era : {2008, "modern"}
        WMAP5 or Planck 2018.
    theory_error : float
        One standard deviation as a fraction of the predicted abundance.

    Raises
    ------
    ValueError
        If theory_error is negative.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("omega_h2", "surroundings")
    experiments = _statistics.undivided
    era: Era = 2008
    theory_error: float = 0.05

    def __post_init__(self) -> None:
        if not self.theory_error >= 0.0:
            raise ValueError(f"theory_error is {self.theory_error:g}; allowed: >= 0")

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        return (measurements()[f"relic_abundance_{self.era}"],)

    @property
    def requires(self) -> Requirements:
        """Tells the run the abundance of all dark matter."""
        return Requirements(omega_h2=self.data[0].value)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        whole = prediction.surroundings.cosmology.role == "measured"
        density = _statistics.gaussian if whole else _statistics.upper_half
        return density(prediction.omega_h2, datum.value, datum.sigma, self.theory_error)
