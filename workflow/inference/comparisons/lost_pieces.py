"""Which later datum closes which piece of an allowed region: draws of an earlier run, weighted with each datum."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.estimates.draws import BATCH
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.summary import mean_with_error
from workflow.inference.posterior.evaluation import log_likelihood_columns
from workflow.inference.posterior.pieces import NEEDLE_WIDTH
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.writing.refusal import Refusal

SMALLEST_KISH = 20.0  # effective draws below which the weights give an upper limit alone
UNSEEN = 3.0  # expected draws that are excluded at 95 % where there is none, -ln(0.05)
SMALLEST_FRACTION = 0.01  # of the earlier posterior: a smaller piece was not allowed then either
LOST = 0.05  # a piece is lost if less than this fraction of what it held is left
SAME = 1e-9  # relative difference of two log-likelihoods of the same datum

ALL_LATER = "all later data"

# The allowed region off and on the resonance m_U = 2 m_dm. These pieces do not overlap and cover everything.
_PIECES: dict[str, Callable[[Array], NDArray[np.bool_]]] = {
    "below the resonance": lambda ratio: ratio <= 1.0 - NEEDLE_WIDTH,
    "on the resonance": lambda ratio: np.abs(ratio - 1.0) < NEEDLE_WIDTH,
    "above the resonance": lambda ratio: ratio >= 1.0 + NEEDLE_WIDTH,
}
MEANINGS = {
    "below the resonance": f"m_U < {1.0 - NEEDLE_WIDTH:g} × 2 m_DM",
    "on the resonance": f"m_U within {100.0 * NEEDLE_WIDTH:g} % of 2 m_DM",
    "above the resonance": f"m_U > {1.0 + NEEDLE_WIDTH:g} × 2 m_DM",
}


@dataclass(frozen=True)
class Remainder:
    """What data leave of a piece.

    Attributes
    ----------
    fraction : float
        Mean weight of its draws: 1 if they fit all of them as well as the best draw, 0 if they exclude all of them.
        NaN if the piece has no draw.
    kish : float
        Kish's effective number of draws, (sum w)^2 / sum w^2.
    draws : int
        Draws of the earlier run in the piece.
    """

    fraction: float
    kish: float
    draws: int

    @property
    def is_limit(self) -> bool:
        """Whether so few draws carry the weight that only an upper limit can be given."""
        return self.kish < SMALLEST_KISH

    @property
    def at_most(self) -> float:
        """The fraction, or its upper limit at 95 % where few draws carry the weight.

        A part of the piece in which none of its n draws lies holds less than 3/n of it, and no weight exceeds 1.
        """
        return min(1.0, self.fraction + UNSEEN / self.draws) if self.is_limit and self.draws else self.fraction


@dataclass(frozen=True)
class Weighing:
    """What one datum, or all later data together, leave of each piece."""

    datum: str
    remainders: Mapping[str, Remainder]


@dataclass(frozen=True)
class Piece:
    """A piece of the allowed region, with the fraction of the earlier and of the later posterior that it holds."""

    name: str
    meaning: str
    earlier: float
    earlier_error: float
    later: float
    later_error: float

    @property
    def lost(self) -> bool:
        """Whether the earlier data allowed it and the later ones do not."""
        return self.earlier >= SMALLEST_FRACTION and self.later < LOST * self.earlier

    @property
    def stays(self) -> bool:
        """Whether both allow it; a piece that was small before and is empty now is neither lost nor does it stay."""
        return self.earlier > 0.0 and self.later > 0.0 and self.later >= LOST * self.earlier


def membership(file: PosteriorFile) -> dict[str, NDArray[np.bool_]]:
    """Which draws (n,) of a run lie in which piece.

    Raises
    ------
    Refusal
        If the run has no masses of dark matter and U.
    """
    for name in ("m_dm_mev", "m_u_mev"):
        if name not in file.posterior:
            raise Refusal(f"the posterior of {file.run} has no variable {name!r}; allowed: another run")
    ratio = file.samples("m_u_mev") / (2.0 * file.samples("m_dm_mev"))
    return {name: inside(ratio) for name, inside in _PIECES.items()}


def compare_pieces(earlier: PosteriorFile, later: PosteriorFile) -> tuple[Piece, ...]:
    """The pieces with their fractions of both posteriors."""
    inside = {file.run: membership(file) for file in (earlier, later)}
    chains = {file.run: file.posterior.sizes["chain"] for file in (earlier, later)}

    def fraction(file: PosteriorFile, name: str) -> tuple[float, float]:
        return mean_with_error(inside[file.run][name].reshape(chains[file.run], -1).astype(np.float64))

    return tuple(Piece(name, MEANINGS[name], *fraction(earlier, name), *fraction(later, name)) for name in _PIECES)


def later_log_likelihoods(
    earlier: Posterior, later: Posterior, draws: Mapping[str, Array], rng: np.random.Generator
) -> dict[str, Array]:
    """Log-likelihoods (n,) of the data of the later run that the earlier run does not have, at draws of the latter.

    A likelihood that is a sum over experiments gives one entry for each experiment. A datum that gives the same number
    at every draw in both runs is no later datum. What the earlier run samples or fixes keeps its value; parameters
    that the later run alone has are drawn from its priors.

    Parameters
    ----------
    earlier, later : Posterior
        Both runs.
    draws : mapping of str to (n,) array
        Sampled parameters of the earlier run, in physical units.
    rng : Generator
        For parameters that the earlier run does not have.
    """
    n = len(next(iter(draws.values())))
    own = {name: np.full(n, value) for name, value in earlier.fixed.items()} | {name: draws[name] for name in draws}
    values = {name: own.get(name, column) for name, column in later.sample_prior_values(n, rng).items()}
    of_earlier, of_later = _columns(earlier, own), _columns(later, values)
    summed = {name.split(".")[0] for name in of_later if "." in name}
    return {
        name: column
        for name, column in of_later.items()
        if name not in summed
        and not (name in of_earlier and np.allclose(column, of_earlier[name], rtol=SAME, atol=SAME))
    }


def _columns(posterior: Posterior, values: Mapping[str, Array]) -> dict[str, Array]:
    n = len(next(iter(values.values())))
    parts = []
    for start in range(0, max(n, 1), BATCH):
        batch = {name: column[start : start + BATCH] for name, column in values.items()}
        parts.append(log_likelihood_columns(posterior, posterior.model.predict(batch, posterior.surroundings)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def weigh(log_likelihoods: Mapping[str, Array], pieces: Mapping[str, NDArray[np.bool_]]) -> tuple[Weighing, ...]:
    """What each datum alone leaves of each piece, and last what all of them leave.

    The weight of a draw is its likelihood over the largest of all draws, for all data the product of those.

    Parameters
    ----------
    log_likelihoods : mapping of str to (n,) array
        Of each datum.
    pieces : mapping of str to (n,) array of bool
        Draws in each piece.

    Raises
    ------
    Refusal
        If there is no datum.
    """
    if not log_likelihoods:
        raise Refusal("the later run has no datum that the earlier one does not have; allowed: other runs")
    relative = {name: _below_best(column) for name, column in log_likelihoods.items()}
    relative[ALL_LATER] = np.sum(list(relative.values()), axis=0)
    return tuple(
        Weighing(name, {piece: _remainder(np.exp(column[inside])) for piece, inside in pieces.items()})
        for name, column in relative.items()
    )


def _below_best(log_likelihood: Array) -> Array:
    best = log_likelihood.max(initial=-np.inf)
    return log_likelihood - best if np.isfinite(best) else np.full_like(log_likelihood, -np.inf)


def _remainder(weights: Array) -> Remainder:
    if not weights.size:
        return Remainder(np.nan, 0.0, 0)
    squares = float(np.sum(weights**2))
    return Remainder(float(weights.mean()), float(weights.sum()) ** 2 / squares if squares > 0.0 else 0.0, weights.size)


def closing(weighings: Sequence[Weighing], piece: str) -> tuple[Weighing, ...]:
    """The data that alone close a piece, the strongest first.

    They leave less than ``LOST`` of what they leave of the piece that they leave most of. A better measurement of what
    all pieces share, such as the relic abundance, takes weight from all of them and closes none.
    """
    return tuple(weighing for weighing in _by_strength(weighings, piece) if _relative(weighing, piece) < LOST)


def strongest(weighings: Sequence[Weighing], piece: str) -> Weighing:
    """The datum that alone leaves least of a piece, in comparison with the other pieces."""
    return _by_strength(weighings, piece)[0]


def _by_strength(weighings: Sequence[Weighing], piece: str) -> list[Weighing]:
    alone = [weighing for weighing in weighings if weighing.datum != ALL_LATER]
    return sorted(alone, key=lambda weighing: _relative(weighing, piece))


def _relative(weighing: Weighing, piece: str) -> float:
    most = np.nanmax([remainder.fraction for remainder in weighing.remainders.values()])
    remainder = weighing.remainders[piece]
    return float(remainder.at_most / most) if most > 0.0 and remainder.draws else np.inf
