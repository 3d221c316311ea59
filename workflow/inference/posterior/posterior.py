"""Priors, model and likelihoods as one batched log-density, in the coordinates that a sampler walks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from model.physics.hidden_sector.sampling_coordinates import RidgeCorrection, SamplingCoordinates
from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.surroundings import Surroundings
from workflow.inference.posterior.contracts import Likelihood, Model
from workflow.inference.posterior.monitored import Monitored, monitored
from workflow.inference.posterior.priors import LN10, Prior


class Point(NamedTuple):
    """Points in sampling coordinates: physical values {name: (n,)} and the log-density of the prior there (n,).

    The density is with respect to the sampling coordinates; -inf outside the priors.
    """

    values: dict[str, Array]
    log_prior: Array


@dataclass(frozen=True)
class Posterior:
    """Log-posterior over the sampled parameters.

    Attributes
    ----------
    model : Model
    likelihoods : dict of str to Likelihood
    priors : dict of str to Prior
        Sampled parameters in order.
    fixed : dict of str to float
        The other inputs, in physical units.
    surroundings : Surroundings
    relic_ridge : callable, optional
        Loads the ridge of the computed abundance for the model's sampling coordinates, when they are first used.
    """

    model: Model
    likelihoods: Mapping[str, Likelihood]
    priors: Mapping[str, Prior]
    fixed: Mapping[str, float]
    surroundings: Surroundings
    relic_ridge: Callable[[], RidgeCorrection] | None = None

    @cached_property
    def coordinates(self) -> SamplingCoordinates | None:
        """The model's sampling coordinates, if every parameter they replace is sampled."""
        offered = self.model.sampling_coordinates
        if offered is None or not set(offered.parameters) <= set(self.priors):
            return None
        return offered if self.relic_ridge is None else offered.corrected(self.relic_ridge())

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """Parameters that are walked in their prior's own coordinate."""
        replaced = self.coordinates.parameters if self.coordinates else ()
        return tuple(name for name in self.priors if name not in replaced)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the sampling coordinates."""
        return (*(self.coordinates.names if self.coordinates else ()), *self.plain)

    @property
    def blob_names(self) -> tuple[str, ...]:
        """Names of columns 1.. of ``log_prob``. The prior there is a density in the coordinates that are walked."""
        return ("log_likelihood", "log_prior_walked", *self.likelihoods)

    def from_physical(self, values: Mapping[str, Array]) -> Array:
        """Sampling coordinates (n, d) of physical values {name: (n,)}; sampled parameters must be in their priors."""
        columns = [self.priors[name].to_coordinate(values[name]) for name in self.plain]
        plain = np.column_stack(columns) if columns else np.empty((_length(values), 0))
        if self.coordinates is None:
            return plain
        return np.hstack([self.coordinates.forward(dict(values)), plain])

    def to_physical(self, theta: Array) -> Point:
        """Physical values and prior density of sampling coordinates (n, d)."""
        theta = np.atleast_2d(theta)
        n = len(theta)
        values = {name: np.full(n, value) for name, value in self.fixed.items()}
        log_prior = np.zeros(n)
        if self.coordinates is not None:
            k = len(self.coordinates.names)
            inverse = self.coordinates.inverse(theta[:, :k])
            possible = np.isfinite(inverse.log_jacobian)
            log_prior = log_prior + inverse.log_jacobian
            for name in self.coordinates.parameters:
                physical = np.where(possible, inverse.values[name], 1.0)
                prior = self.priors[name]
                # The density of the prior refers to its own coordinate, the Jacobian to ln of the parameter.
                own = -np.log(LN10) if prior.logarithmic else np.log(physical)
                log_prior = log_prior + prior.log_density(prior.to_coordinate(physical)) + own
                values[name] = physical
        for name, coordinate in zip(self.plain, theta[:, theta.shape[1] - len(self.plain) :].T, strict=True):
            log_prior = log_prior + self.priors[name].log_density(coordinate)
            values[name] = self.priors[name].to_physical(coordinate)
        return Point(values, log_prior)

    def log_likelihoods(self, values: Mapping[str, Array]) -> Array:
        """Log-likelihood of each term (n, k) at physical values, -inf at invalid points.

        Raises
        ------
        FloatingPointError
            If a likelihood returns NaN; the message names it and the point.
        """
        prediction = self.model.predict(values, self.surroundings)
        return self.log_likelihoods_of(prediction)

    def log_likelihoods_of(self, prediction: Prediction | LinePrediction, names: Sequence[str] | None = None) -> Array:
        """The same as ``log_likelihoods`` for a prediction that exists already; of the named terms alone, if given."""
        valid = prediction.valid
        names = tuple(self.likelihoods) if names is None else names
        result = np.full((len(valid), len(names)), -np.inf)
        if not valid.any():
            return result
        selected = prediction.at_valid_points
        for k, name in enumerate(names):
            # a run has only likelihoods whose needs its model's prediction meets (config)
            term = self.likelihoods[name].log_likelihood(cast(Prediction, selected))
            if np.isnan(term).any():
                row = int(np.flatnonzero(np.isnan(term))[0])
                point = ", ".join(f"{key}={value[row]!r}" for key, value in selected.values.items())
                raise FloatingPointError(f"likelihood {name} returned NaN at {point}")
            result[valid, k] = term
        return result

    def log_prob(self, theta: Array) -> Array:
        """Log-posterior density and its parts.

        Parameters
        ----------
        theta : (n, d) array
            Sampling coordinates, columns ``names``.

        Returns
        -------
        (n, 1 + k) array
            Column 0 is the log-posterior density in theta. The columns ``blob_names`` follow: log-likelihood, log-prior
            density in theta, and each likelihood. Outside the prior the likelihoods are not evaluated and are -inf.
        """
        point = self.to_physical(theta)
        terms = np.full((len(point.log_prior), len(self.likelihoods)), -np.inf)
        inside = np.isfinite(point.log_prior)
        usable = inside.copy()
        if inside.any():
            values = {name: value[inside] for name, value in point.values.items()}
            prediction = self.model.predict(values, self.surroundings)
            terms[inside] = self.log_likelihoods_of(prediction)
            usable[inside] = prediction.valid
        log_likelihood = np.where(usable, terms.sum(axis=1), -np.inf)
        return np.column_stack([point.log_prior + log_likelihood, log_likelihood, point.log_prior, terms])

    def inside(self, theta: Array) -> NDArray[np.bool_]:
        """Whether points (n, d) lie within the priors and have a valid vacuum, (n,): no likelihood is evaluated."""
        point = self.to_physical(theta)
        inside = np.isfinite(point.log_prior)
        if inside.any():
            values = {name: value[inside] for name, value in point.values.items()}
            inside[inside] = self.model.predict(values, self.surroundings).valid
        return inside

    def monitored(self, theta: Array) -> Monitored:
        """What must converge, of points (n, d) of a chain, all of which are valid; no likelihood is evaluated."""
        values = self.to_physical(theta).values
        parameters = {name: prior.to_coordinate(values[name]) for name, prior in self.priors.items()}
        return monitored(parameters, self.model.predict(values, self.surroundings))

    def sample_prior_values(self, n: int, rng: np.random.Generator) -> dict[str, Array]:
        """N prior draws in physical units, {name: (n,)}, fixed parameters included."""
        values = {name: np.full(n, value) for name, value in self.fixed.items()}
        for name, prior in self.priors.items():
            values[name] = prior.to_physical(prior.quantile(rng.uniform(size=n)))
        return values

    def sample_prior(self, n: int, rng: np.random.Generator) -> Array:
        """N prior draws as sampling coordinates, (n, d)."""
        return self.from_physical(self.sample_prior_values(n, rng))


def _length(values: Mapping[str, Array]) -> int:
    return len(next(iter(values.values())))
