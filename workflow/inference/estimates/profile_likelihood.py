"""Profile likelihood of two quantities: in each cell of a plane, the highest likelihood of any point that falls in it.

A credible region is small where only few points of a large volume are good; a profile region does not depend on volume.
Two properties of the priors enter: their ranges, and those that are normal or log-normal. The latter represent
measurements (of the halo, of the positronium fraction) and count as -pull^2/2; without them the halo would be free.

The draws of a chain lie about one unit of -2 ln L above the profile, which is comparable with the 68 % threshold of
2.30. Each cell is therefore polished from its best draw, and from the best draws of its neighbours after they are moved
into the cell. In this way the map grows into cells that no draw has reached.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from model.physics.quantities import Array
from workflow.inference.estimates.nelder_mead import maximise
from workflow.inference.estimates.profile_file import Profile
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.writing.refusal import Refusal

PLANES = (  # a plane is drawn if the run has both quantities
    ("g", "chi"),
    ("g", "lambda"),
    ("chi", "lambda"),
    ("g_dm", "epsilon"),
    ("m_dm_mev", "m_u_mev"),
)
CELLS = 28  # along each axis
REACH = 8.0  # draws that lie deeper than this below the best in ln L do not enter the map
MARGIN = 0.25  # relative to the range of those draws, on each side, cut at the range of the prior
PASSES = 16  # passes over the cells, and so the number of cells by which a region can grow beyond the draws
IMPROVED = 0.05  # gain in ln L above which a cell may improve its neighbours in turn
SIMPLEX = 0.1  # size of the first simplices, in standard deviations of the draws
INSIDE = 0.05  # distance from the edge of a point that is moved into a cell, relative to the cell
NEIGHBOURS = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))
NEWTON = 3  # steps that move a point into a cell


def planes_of(names: Sequence[str]) -> list[tuple[str, str]]:
    """Planes whose quantities a run has."""
    return [plane for plane in PLANES if set(plane) <= set(names)]


def profiles(posterior: Posterior, chains: Sequence[Chain]) -> list[Profile]:
    """The profile in every plane that a run has, on one core, so that the order of summation is always the same.

    Raises
    ------
    Refusal
        If the run has none of the planes.
    """
    names = list(posterior.monitored(chains[0].coords[0]).quantities)
    planes = planes_of(names)
    if not planes:
        allowed = ", ".join(" and ".join(plane) for plane in PLANES)
        raise Refusal(f"profile: the run has {', '.join(names)}; allowed: a run with one of the pairs {allowed}")
    with threadpool_limits(limits=1):
        return [profile(posterior, chains, plane) for plane in planes]


def profile(
    posterior: Posterior,
    chains: Sequence[Chain],
    plane: tuple[str, str],
    tick: Callable[[int], None] = lambda _: None,
) -> Profile:
    """Profile the likelihood over two quantities.

    Parameters
    ----------
    posterior : Posterior
        What the chains sampled.
    chains : sequence of Chain
        One per ensemble. They give the starts of the search and the range of the map.
    plane : pair of str
        Two of the quantities that ``posterior.monitored`` names.
    tick : callable, optional
        Called with the number of evaluations made since the last call.

    Returns
    -------
    Profile
        The same chains give the same numbers.
    """
    theta = np.concatenate([chain.coords.reshape(-1, chain.coords.shape[2]) for chain in chains])
    log_likelihood = np.concatenate([chain.blobs[..., 0].ravel() for chain in chains])
    log_likelihood = log_likelihood + _measured(posterior, posterior.to_physical(theta).values)
    search = _Search(posterior, plane, theta.std(axis=0), *_edges(posterior, plane, theta, log_likelihood), tick)
    cells = search.cell_of(search.quantities(theta))
    order = np.argsort(-log_likelihood, kind="stable")
    order = order[cells[order] >= 0]
    reached, first = np.unique(cells[order], return_index=True)
    best = np.full(CELLS * CELLS, -np.inf)
    points = np.full((CELLS * CELLS, theta.shape[1]), np.nan)
    best[reached], points[reached] = log_likelihood[order[first]], theta[order[first]]

    near = np.flatnonzero(best > best.max() - REACH)
    best[near], points[near] = search.climb(points[near], near, rounds=3)
    sources = near
    for _ in range(PASSES):
        sources = sources[best[sources] > best.max() - REACH]
        if not len(sources):
            break
        sources = search.spread(best, points, sources)
    shape = (CELLS, CELLS)
    best[best < best.max() - REACH] = -np.inf
    points[~np.isfinite(best)] = np.nan
    return Profile(*plane, *search.edges, best.reshape(shape), points.reshape(*shape, -1))


def constrained_likelihood(posterior: Posterior, theta: Array) -> Array:
    """Log-likelihood at n points (n, d), that of the measurements behind normal priors included; -inf outside."""
    values = posterior.log_prob(theta)[:, 1]
    inside = np.isfinite(values)
    if inside.any():
        values[inside] += _measured(posterior, posterior.to_physical(theta[inside]).values)
    return values


def _measured(posterior: Posterior, values: Mapping[str, Array]) -> Array:
    """The sum of -pull^2/2 of all parameters with a normal or log-normal prior, (n,)."""
    total = np.zeros(len(next(iter(values.values()))))
    for name, prior in posterior.priors.items():
        if np.isfinite(prior.sigma):
            total -= 0.5 * ((prior.to_coordinate(values[name]) - prior.mean) / prior.sigma) ** 2
    return total


def _edges(posterior: Posterior, plane: tuple[str, str], theta: Array, log_likelihood: Array) -> tuple[Array, Array]:
    """Edges of the cells: the range of the better draws with a margin, within the priors."""
    good = log_likelihood > log_likelihood.max() - REACH
    quantities = posterior.monitored(theta[good]).quantities
    edges = []
    for name in plane:
        values = quantities[name]
        margin = MARGIN * np.ptp(values)
        low, high = values.min() - margin, values.max() + margin
        if name in posterior.priors:
            prior = posterior.priors[name]
            low, high = max(low, prior.low), min(high, prior.high)
        edges.append(np.linspace(low, high, CELLS + 1))
    return edges[0], edges[1]


@dataclass(frozen=True)
class _Search:
    """Searches within cells, all at once."""

    posterior: Posterior
    plane: tuple[str, str]
    spread_of_draws: Array
    x_edges: Array
    y_edges: Array
    tick: Callable[[int], None]

    @property
    def edges(self) -> tuple[Array, Array]:
        """Edges along both axes."""
        return self.x_edges, self.y_edges

    def quantities(self, theta: Array) -> Array:
        """The two quantities at n points, (n, 2); not finite where the model has none."""
        quantities = self.posterior.monitored(theta).quantities
        return np.column_stack([quantities[name] for name in self.plane])

    def cell_of(self, quantities: Array) -> NDArray[np.intp]:
        """Number of the cell in which each of n points lies, -1 outside the map."""
        inside = np.ones(len(quantities), dtype=bool)
        cell = np.zeros(len(quantities), dtype=np.intp)
        for edges, values in zip(self.edges, quantities.T, strict=True):
            within = np.isfinite(values) & (values >= edges[0]) & (values <= edges[-1])
            inside &= within
            place = np.searchsorted(edges, np.where(within, values, edges[0]), side="right") - 1
            cell = cell * CELLS + np.clip(place, 0, CELLS - 1)
        return np.where(inside, cell, -1)

    def climb(self, starts: Array, cells: NDArray[np.intp], rounds: int) -> tuple[Array, Array]:
        """Highest log-likelihood in each cell and its point, searched from one start per cell."""

        def function(theta: Array, search: NDArray[np.intp]) -> Array:
            values = np.full(len(theta), -np.inf)
            inside = self.cell_of(self.quantities(theta)) == cells[search]
            if inside.any():
                values[inside] = constrained_likelihood(self.posterior, theta[inside])
                self.tick(int(inside.sum()))
            return values

        highest = maximise(function, starts, SIMPLEX * self.spread_of_draws, steps=300, rounds=rounds)
        return highest.values, highest.points

    def spread(self, best: Array, points: Array, good: NDArray[np.intp]) -> NDArray[np.intp]:
        """Improve the neighbours of some cells, in place, from their best points; returns the improved cells."""
        sources, targets = [], []
        for i, j in NEIGHBOURS:
            row, column = good // CELLS + i, good % CELLS + j
            on_map = (row >= 0) & (row < CELLS) & (column >= 0) & (column < CELLS)
            sources.append(good[on_map])
            targets.append((row * CELLS + column)[on_map])
        source, target = np.concatenate(sources), np.concatenate(targets)
        worth = best[source] > best[target] + IMPROVED  # a move into a better cell would hardly help
        source, target = source[worth], target[worth]
        if not len(source):
            return source
        moved = self._moved(points[source], target)
        values = constrained_likelihood(self.posterior, moved)
        values[self.cell_of(self.quantities(moved)) != target] = -np.inf
        self.tick(len(moved))
        order = np.argsort(-values, kind="stable")
        cells, first = np.unique(target[order], return_index=True)
        start, value = moved[order[first]], values[order[first]]
        usable = np.isfinite(value)
        cells = cells[usable]
        new, where = self.climb(start[usable], cells, rounds=2)
        better, much = new > best[cells], new > best[cells] + IMPROVED
        best[cells[better]], points[cells[better]] = new[better], where[better]
        improved: NDArray[np.intp] = cells[much]
        return improved

    def _moved(self, theta: Array, cells: NDArray[np.intp]) -> Array:
        """Points moved into cells by the shortest way in standard deviations, to first order, `NEWTON` times."""
        d = theta.shape[1]
        low = np.column_stack([self.x_edges[cells // CELLS], self.y_edges[cells % CELLS]])
        size = np.array([self.x_edges[1] - self.x_edges[0], self.y_edges[1] - self.y_edges[0]])
        step = 1e-4 * self.spread_of_draws
        for _ in range(NEWTON):
            here = self.quantities(theta)
            missing = np.clip(here, low + INSIDE * size, low + (1.0 - INSIDE) * size) - here
            shifted = (theta[:, None, :] + np.diag(step)).reshape(-1, d)
            slope = (self.quantities(shifted).reshape(-1, d, 2) - here[:, None, :]) / 1e-4  # per standard deviation
            gram = np.einsum("nda,ndb->nab", slope, slope)
            solvable = np.isfinite(gram).all(axis=(1, 2)) & np.isfinite(missing).all(axis=1)
            solvable[solvable] = np.abs(np.linalg.det(gram[solvable])) > 0.0
            factors = np.linalg.solve(gram[solvable], missing[solvable][..., None])[..., 0]
            theta = theta.copy()
            theta[solvable] += np.einsum("nda,na->nd", slope[solvable], factors) * self.spread_of_draws
        return theta
