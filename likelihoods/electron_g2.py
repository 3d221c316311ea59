"""Electron anomalous magnetic moment, measured minus Standard Model."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from likelihoods import _statistics
from likelihoods.data.eras import Era
from likelihoods.data.measurements import Measurement, measurements
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


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
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided
    era: Era = 2008
    alpha_from: Literal["rb", "cs", "neutral"] = "rb"

    def __post_init__(self) -> None:
        if f"electron_g2_{self.era}_{self.alpha_from}" not in measurements():
            there = [name for name in ("rb", "cs", "neutral") if f"electron_g2_{self.era}_{name}" in measurements()]
            allowed = f"allowed there: {', '.join(there) or 'none'}"
            raise ValueError(f"alpha_from: {self.alpha_from!r} is not there in era {self.era}; {allowed}")

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        return (measurements()[f"electron_g2_{self.era}_{self.alpha_from}"],)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        return _statistics.gaussian(prediction.delta_a_e, datum.value, datum.sigma)
