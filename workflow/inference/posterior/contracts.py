"""Members that a model and a likelihood must have. This list is complete."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from likelihoods.data.measurements import Measurement
from model.physics.hidden_sector.sampling_coordinates import SamplingCoordinates
from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import Requirements, Surroundings


class Model(Protocol):
    """``class Model`` of the file of a model: a frozen dataclass whose fields are its options."""

    @property
    def prediction(self) -> type[Prediction] | type[LinePrediction]:
        """The class of its predictions: with a hidden sector, or for the positrons alone."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters in the order of the chain."""

    @property
    def sampling_coordinates(self) -> SamplingCoordinates | None:
        """Coordinates in which its allowed region is nearly straight; None for those of the priors."""

    def for_columns(self, names: AbstractSet[str]) -> "Model":
        """The variant of the model that has these parameters, if there are several variants; otherwise itself."""

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> Prediction | LinePrediction:
        """The prediction at n points.

        Parameters
        ----------
        values : mapping of str to (n,) array
            The model's parameters and all nuisances, in physical units.
        surroundings : Surroundings
            Tables of the early Universe and the Galaxy.

        Returns
        -------
        Prediction or LinePrediction
            With the reason why a point is invalid; the observables are its members.
        """


class Likelihood(Protocol):
    """``class Likelihood`` of the file of a likelihood: a frozen dataclass whose fields are its options."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its own nuisance parameters, usually none."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The members of the prediction that it reads."""

    @property
    def requires(self) -> Requirements:
        """The tables that it needs of the surroundings."""

    @property
    def era(self) -> object:
        """The era of its data, ``"any"`` if there is only one."""

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurements in use that correspond to a number of the prediction."""

    def experiments(self, prediction: Prediction) -> dict[str, Array]:
        """Log-likelihood of each experiment (n,) if it is a sum over several; otherwise an empty mapping."""

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points (n,): 0 is a perfect fit, -inf an excluded point; never NaN."""


def members(contract: type) -> tuple[str, ...]:
    """Names of all members of a contract."""
    return tuple(name for name in vars(contract) if not name.startswith("_"))
