"""Relic abundance of dark matter."""

from dataclasses import dataclass
from typing import ClassVar, Literal

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
    theory_error : "computed" or float
        One standard deviation as a fraction of the predicted abundance. ``computed``: the size of what the abundance
        leaves out or knows with a finite accuracy, at each point (`Prediction.abundance_errors`), at least 0.2 %.

    Raises
    ------
    ValueError
        If theory_error is a negative number or above 10.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    experiments = _statistics.undivided
    era: Era = 2008
    theory_error: Literal["computed"] | float = "computed"

    def __post_init__(self) -> None:
        if self.theory_error != "computed" and not 0.0 <= self.theory_error <= 10.0:
            raise ValueError(f"theory_error is {self.theory_error:g}; allowed: from 0 to 10, ten times the prediction")

    @property
    def needs(self) -> tuple[str, ...]:
        """The abundance and the role of the particle, and the error where it is computed."""
        error = ("omega_h2_theory_error",) if self.theory_error == "computed" else ()
        return ("omega_h2", *error, "surroundings")

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
        error = prediction.omega_h2_theory_error if self.theory_error == "computed" else self.theory_error
        return density(prediction.omega_h2, datum.value, datum.sigma, error)
