"""Priors, model and likelihoods as one batched log-density, in the coordinates that a sampler walks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from likelihoods._measurements import Measurement
from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.sampling_coordinates import SamplingCoordinates
from model.physics.surroundings import Surroundings
from workflow.inference.pieces import pieces
from workflow.inference.priors import LN10, Prior, log_uniform

FLAT_RATIO = 100.0  # of the ends of a uniform prior, beyond which its draws miss most of its decades


class Model(Protocol):
    """What a file in ``model/`` defines."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters in the order of the chain."""

    @property
    def sampling_coordinates(self) -> SamplingCoordinates | None:
        """Coordinates in which its allowed region is nearly straight; None for those of the priors."""

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> Prediction | LinePrediction:
        """What it says at n points."""


class Likelihood(Protocol):
    """What a file in ``likelihoods/`` defines."""

    parameters: ClassVar[tuple[Parameter, ...]]
    needs: ClassVar[tuple[str, ...]]

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurements in use."""

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""


class Point(NamedTuple):
    """Where a row of sampling coordinates is: physical values {name: (n,)} and the prior's log-density there (n,).

    The density is with respect to the sampling coordinates; -inf outside the priors.
    """

    values: dict[str, Array]
    log_prior: Array


class Monitored(NamedTuple):
    """What must converge beside the sampling coordinates: quantities {name: (n,)}, and regions as indicators."""

    quantities: dict[str, Array]
    regions: dict[str, NDArray[np.bool_]]


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
    """

    model: Model
    likelihoods: Mapping[str, Likelihood]
    priors: Mapping[str, Prior]
    fixed: Mapping[str, float]
    surroundings: Surroundings

    @cached_property
    def coordinates(self) -> SamplingCoordinates | None:
        """The model's sampling coordinates, if every parameter they replace is sampled."""
        offered = self.model.sampling_coordinates
        return offered if offered is not None and set(offered.parameters) <= set(self.priors) else None

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        """Parameters that are walked in their prior's own coordinate."""
        replaced = self.coordinates.parameters if self.coordinates else ()
        return tuple(name for name in self.priors if name not in replaced)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the sampling coordinates."""
        return (*(self.coordinates.names if self.coordinates else ()), *self._plain)

    @property
    def blob_names(self) -> tuple[str, ...]:
        """Names of columns 1.. of ``log_prob``."""
        return ("log_likelihood", "log_prior", *self.likelihoods)

    def from_physical(self, values: Mapping[str, Array]) -> Array:
        """Sampling coordinates (n, d) of physical values {name: (n,)}; sampled parameters must be in their priors."""
        columns = [self.priors[name].to_coordinate(values[name]) for name in self._plain]
        plain = np.column_stack(columns) if columns else np.empty((_length(values), 0))
        if self.coordinates is None:
            return plain
        return np.hstack([self.coordinates.forward(dict(values)), plain])

    def to_physical(self, u: Array) -> Point:
        """Physical values and prior density of sampling coordinates (n, d)."""
        u = np.atleast_2d(u)
        n = len(u)
        values = {name: np.full(n, value) for name, value in self.fixed.items()}
        log_prior = np.zeros(n)
        if self.coordinates is not None:
            k = len(self.coordinates.names)
            inverse = self.coordinates.inverse(u[:, :k])
            possible = np.isfinite(inverse.log_jacobian)
            log_prior = log_prior + inverse.log_jacobian
            for name in self.coordinates.parameters:
                physical = np.where(possible, inverse.values[name], 1.0)
                prior = self.priors[name]
                # The prior's density is per coordinate of its own, the Jacobian per ln of the parameter.
                own = -np.log(LN10) if prior.logarithmic else np.log(physical)
                log_prior = log_prior + prior.log_density(prior.to_coordinate(physical)) + own
                values[name] = physical
        for name, coordinate in zip(self._plain, u[:, u.shape[1] - len(self._plain) :].T, strict=True):
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

    def log_likelihoods_of(self, prediction: Prediction | LinePrediction) -> Array:
        """As ``log_likelihoods``, of a prediction at hand."""
        valid = prediction.valid
        result = np.full((len(valid), len(self.likelihoods)), -np.inf)
        if not valid.any():
            return result
        selected = prediction if valid.all() else prediction.select(valid)
        for k, (name, likelihood) in enumerate(self.likelihoods.items()):
            # a run has only likelihoods whose needs its model's prediction meets (config)
            term = likelihood.log_likelihood(cast(Prediction, selected))
            if np.isnan(term).any():
                row = int(np.flatnonzero(np.isnan(term))[0])
                point = ", ".join(f"{key}={value[row]!r}" for key, value in selected.values.items())
                raise FloatingPointError(f"likelihood {name} returned NaN at {point}")
            result[valid, k] = term
        return result

    def log_prob(self, u: Array) -> Array:
        """Log-posterior density and its parts.

        Parameters
        ----------
        u : (n, d) array
            Sampling coordinates, columns ``names``.

        Returns
        -------
        (n, 1 + k) array
            Column 0 the log-posterior density in u; then the columns ``blob_names``: total log-likelihood, log-prior
            density in u, and each likelihood. Outside the prior the likelihoods are not evaluated and are -inf.
        """
        point = self.to_physical(u)
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

    def inside(self, u: Array) -> NDArray[np.bool_]:
        """Whether points (n, d) lie within the priors and have a valid vacuum, (n,): no likelihood is evaluated."""
        point = self.to_physical(u)
        inside = np.isfinite(point.log_prior)
        if inside.any():
            values = {name: value[inside] for name, value in point.values.items()}
            inside[inside] = self.model.predict(values, self.surroundings).valid
        return inside

    def split(self, u: Array) -> tuple[Array, Array]:
        """Log-prior density in u and log-likelihood, each (n,), for tempering."""
        columns = self.log_prob(u)
        return columns[:, 2], columns[:, 1]

    @property
    def pilot_target(self) -> "Posterior | BroadStart":
        """The same posterior for tempered pilots: with another start where a prior is uniform over decades."""
        coordinates = self.coordinates
        walked = () if coordinates is None else coordinates.parameters
        decades = {name: self.priors[name] for name in walked if name in self.priors}
        broad = {name: log_uniform(*prior.bounds) for name, prior in decades.items() if _spans_decades(prior)}
        return BroadStart(self, replace(self, priors={**self.priors, **broad})) if broad else self

    def monitored(self, u: Array) -> Monitored:
        """Parameters in their priors' coordinates, log10 of the masses [MeV], and pieces of the allowed region.

        For points (n, d) of a chain, all of which are valid; cheap, as no likelihood is evaluated.
        """
        values = self.to_physical(u).values
        quantities = {name: prior.to_coordinate(values[name]) for name, prior in self.priors.items()}
        prediction = self.model.predict(values, self.surroundings)
        if isinstance(prediction, LinePrediction):
            return Monitored(quantities, {})
        spectrum = prediction.spectrum
        quantities |= {"m_dm_mev": np.log10(spectrum.m_dm), "m_u_mev": np.log10(spectrum.m_u)}
        return Monitored(quantities, pieces(spectrum.m_u, spectrum.m_dm))

    def sample_prior_values(self, n: int, rng: np.random.Generator) -> dict[str, Array]:
        """N prior draws in physical units, {name: (n,)}, fixed parameters included."""
        values = {name: np.full(n, value) for name, value in self.fixed.items()}
        for name, prior in self.priors.items():
            values[name] = prior.to_physical(prior.quantile(rng.uniform(size=n)))
        return values

    def sample_prior(self, n: int, rng: np.random.Generator) -> Array:
        """N prior draws as sampling coordinates, (n, d)."""
        return self.from_physical(self.sample_prior_values(n, rng))


@dataclass(frozen=True)
class BroadStart:
    """A posterior whose pilots start from log-uniform draws where a prior is uniform over decades.

    Draws of a uniform prior lie in its last decade; a piece of the allowed region that lies in another one would be
    lost, whatever its weight in the posterior, and no diagnostic could see it. Prior times likelihood is what it was.

    Attributes
    ----------
    posterior, start : Posterior
        What is sampled, and the same with the priors from which pilots start.
    """

    posterior: Posterior
    start: Posterior

    def sample_prior(self, n: int, rng: np.random.Generator) -> Array:
        """N draws of the start, (n, d)."""
        return self.start.sample_prior(n, rng)

    def inside(self, u: Array) -> NDArray[np.bool_]:
        """Whether points (n, d) lie within the priors and have a valid vacuum, (n,)."""
        return self.posterior.inside(u)

    def split(self, u: Array) -> tuple[Array, Array]:
        """Log-density of the start in u, and what is left of the posterior, each (n,)."""
        log_prior, log_likelihood = self.posterior.split(u)
        log_start = self.start.to_physical(u).log_prior
        inside = np.isfinite(log_prior)
        left = np.where(inside, log_prior, 0.0) - np.where(inside, log_start, 0.0)
        return np.where(inside, log_start, -np.inf), log_likelihood + left


def _spans_decades(prior: Prior) -> bool:
    low, high = prior.bounds
    return not prior.logarithmic and np.isinf(prior.sigma) and low > 0.0 and high > FLAT_RATIO * low


def _length(values: Mapping[str, Array]) -> int:
    return len(next(iter(values.values())))
