"""Electron anomalous magnetic moment, measured minus Standard Model."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from likelihoods import _statistics
from likelihoods.data.measurements import Measurement, measurements
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter


@dataclass(frozen=True)
class Likelihood:
    """Gaussian in Delta a_e, for one determination of alpha.

    The Cs and Rb determinations of alpha are 5 sigma apart in the modern era, so they are alternatives and never
    combined; ``neutral`` (modern only) is 0 +- 0.7e-12, which covers both at less than 1.5 sigma.

    Attributes
    ----------
    era : {2008, "modern"}
        Hanneke 2008 with the 2006 alphas, or Fan 2023 with the 2018/2020 ones.
    alpha_from : {"rb", "cs", "neutral"}
        The atom that fixes alpha.

    Raises
    ------
    ValueError
        For ``neutral`` in the 2008 era.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("delta_a_e",)
    era: Literal[2008, "modern"] = 2008
    alpha_from: Literal["rb", "cs", "neutral"] = "rb"

    def __post_init__(self) -> None:
        if self.era == 2008 and self.alpha_from == "neutral":
            raise ValueError("alpha_from: 'neutral' exists in era modern only; allowed in era 2008: rb, cs")

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        return (measurements()[f"electron_g2_{self.era}_{self.alpha_from}"],)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        return _statistics.gaussian(prediction.delta_a_e, datum.value, datum.sigma)
