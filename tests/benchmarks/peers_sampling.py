"""Samplers on the posterior of a run: evaluations and CPU seconds for each independent sample, and who finds all of it.

    pip install -e ".[peers]"
    OMP_NUM_THREADS=1 python -m tests.benchmarks.peers_sampling config/hooper_zurek_2008.yaml [config/MODERN.yaml ...]

Each sampler runs in a process of its own, in the coordinates of the priors, as an ordinary user would run it ("plain"),
and where the table says "model" in the sampling coordinates that the model offers. Vectorised where it can be. A run
ends when the sampler says so, or at a million evaluations or so many CPU seconds, and then counts as it is. Results go
to results/peers/, where a later call finds them (`--again NAME` redoes one), and the table to docs/peers.md.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any

import emcee
import numpy as np
from emcee.autocorr import integrated_time
from scipy import optimize

from model.physics.quantities import Array
from tests.reference.runs import ROOT
from workflow.inference.judgement.other_samplers import brute_force
from workflow.inference.judgement.prior_grid import Grid, prior_grid
from workflow.inference.posterior.pieces import pieces
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import Config, load
from workflow.inference.sampling import ensembles
from workflow.inference.sampling.chain_files import read_chain

MOST_EVALUATIONS, MOST_SECONDS = 1_000_000, 120.0  # the latter unless --seconds says otherwise
SEED = 11
WALKERS = 64
REFERENCE_DRAWS = 8_000_000
SMALLEST_PIECE = 0.01  # of the posterior: a piece that a sampler has to find
FOUND = 2.0  # a piece is found if its fraction is right within this factor
QUARTILES = (0.25, 0.5, 0.75)
FOLDER = ROOT / "results" / "peers"


class Capped(Exception):
    """The run has used up its evaluations or its time."""


@dataclass
class Problem:
    """The posterior as a sampler sees it, counting evaluations.

    Attributes
    ----------
    posterior : Posterior
        In plain or in model coordinates.
    grid : Grid or None
        In model coordinates: the range of valid prior draws, from which samplers with a prior on a cube start.
    """

    posterior: Posterior
    grid: Grid | None
    evaluations: int = 0
    started: float = field(default_factory=process_time)
    seconds: float = MOST_SECONDS

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.posterior.names)

    @property
    def spent(self) -> bool:
        """Whether the cap is reached."""
        return self.evaluations >= MOST_EVALUATIONS or process_time() - self.started >= self.seconds

    def log_prob(self, u: Array) -> Array:
        """Log-posterior density (n,)."""
        self.evaluations += len(u)
        values: Array = self.posterior.log_prob(u)[:, 0]
        return values

    def from_cube(self, cube: Array) -> Array:
        """Unit cube to coordinates, (n, d): quantiles of the priors, or the grid."""
        if self.grid is not None:
            return self.grid.to_coordinates(cube)
        priors = self.posterior.priors.values()
        return np.column_stack([prior.quantile(x) for prior, x in zip(priors, cube.T, strict=True)])

    def log_likelihood(self, u: Array) -> Array:
        """Posterior density over the density of `from_cube`, (n,): what nested samplers call the likelihood."""
        self.evaluations += len(u)
        columns = self.posterior.log_prob(u)
        relative = columns[:, 1] if self.grid is None else columns[:, 0] - self.grid.log_density(u)
        return np.where(np.isfinite(relative), relative, -1e100)  # several samplers stumble over -inf

    def start(self) -> Array:
        """Walkers as emcee's manual advises: a small ball about an optimum, here the best of 20 000 prior draws.

        Drawn for `WALKERS` walkers, (walkers, d).
        """
        rng = np.random.default_rng(SEED)
        draws = self.posterior.sample_prior(20_000, rng)
        best = draws[np.argmax(self.log_prob(draws))]
        found = optimize.minimize(
            lambda x: -np.nan_to_num(self.log_prob(x[None])[0], neginf=-1e10),
            best,
            method="Nelder-Mead",
            options={"maxfev": 4000},
        ).x
        ball = found + 1e-3 * draws.std(axis=0) * rng.normal(size=(50 * WALKERS, self.dimension))
        return ball[np.isfinite(self.log_prob(ball))][:WALKERS]


@dataclass(frozen=True)
class Result:
    """Draws of a sampler.

    Attributes
    ----------
    u : (steps, walkers, d) or (n, 1, d) array
        Coordinates; a chain without burn-in, or weighted draws.
    weights : (n,) array or None
        None for chains.
    ln_z : float
        Evidence, NaN where the sampler gives none.
    ended : bool
        By itself, not by the cap.
    """

    u: Array
    weights: Array | None
    ln_z: float
    ended: bool


def stretch(problem: Problem) -> Result:
    """emcee's default move; the first third of the chain is burn-in."""
    walkers = problem.start()
    sampler = emcee.EnsembleSampler(WALKERS, problem.dimension, problem.log_prob, vectorize=True)
    sampler._random = np.random.RandomState(SEED)
    ended = False
    for _ in sampler.sample(walkers, iterations=MOST_EVALUATIONS // WALKERS):
        step = sampler.iteration
        if step % 1000 == 0:  # the stopping rule of emcee's manual
            tau = sampler.get_autocorr_time(discard=step // 3, tol=0)
            ended = bool(np.all(100.0 * tau < step))
        if ended or problem.spent:
            break
    return Result(sampler.get_chain(discard=sampler.iteration // 3), None, np.nan, ended)


def zeus_slice(problem: Problem) -> Result:
    """Ensemble slice sampling; the first third of the chain is burn-in."""
    import zeus

    walkers = problem.start()
    np.random.seed(SEED)  # noqa: NPY002
    sampler = zeus.EnsembleSampler(WALKERS, problem.dimension, problem.log_prob, vectorize=True, verbose=False)
    steps = 0
    for _ in sampler.sample(walkers, iterations=20_000, progress=False):
        steps += 1
        if problem.spent:
            break
    return Result(sampler.get_chain()[steps // 3 : steps], None, np.nan, False)


def cobaya_mcmc(problem: Problem) -> Result:
    """Adaptive Metropolis with cobaya's defaults, one chain; the first 30 % is burn-in, as its manual has it."""
    from cobaya.run import run

    names = [f"u{k}" for k in range(problem.dimension)]
    draws = problem.posterior.sample_prior(20_000, np.random.default_rng(SEED))
    draws = draws[np.all(np.isfinite(draws), axis=1)]
    low, high = draws.min(axis=0), draws.max(axis=0)
    start, spread = problem.start()[0], 0.02 * draws.std(axis=0)
    kept: dict[str, Any] = {}

    def density(**parameters: float) -> float:
        value = float(problem.log_prob(np.array([[parameters[name] for name in names]]))[0])
        if problem.spent and "sampler" in kept:
            raise Capped
        return value

    def remember(sampler: Any) -> None:
        kept["sampler"] = sampler

    info = {
        "likelihood": {"posterior": {"external": density, "input_params": names, "stop_at_error": True}},
        "params": {
            name: {
                "prior": {"min": float(low[k]), "max": float(high[k])},
                "ref": float(start[k]),
                "proposal": float(spread[k]),
            }
            for k, name in enumerate(names)
        },
        "sampler": {"mcmc": {"seed": SEED, "callback_function": remember, "callback_every": 50, "max_tries": 100_000}},
        "debug": "warning",
    }
    ended = True
    try:
        _, sampler = run(info)
    except Capped:
        ended, sampler = False, kept["sampler"]
    frame = sampler.collection.data
    rows = np.repeat(frame[names].to_numpy(dtype=float), frame["weight"].to_numpy(dtype=int), axis=0)
    return Result(rows[int(0.3 * len(rows)) :, None], None, np.nan, ended)


def dynesty_static(problem: Problem) -> Result:
    """Static nested sampling with 500 live points and dynesty's own choice of method."""
    import dynesty

    sampler = dynesty.NestedSampler(
        lambda u: float(problem.log_likelihood(u[None])[0]),
        lambda cube: problem.from_cube(cube[None])[0],
        problem.dimension,
        nlive=500,
        rstate=np.random.default_rng(SEED),
    )
    ended = True
    for _ in sampler.sample(dlogz=0.01):
        if problem.spent:
            ended = False
            break
    for _ in sampler.add_live_points():
        pass
    results = sampler.results
    return Result(results.samples[:, None], results.importance_weights(), float(results.logz[-1]), ended)


def nautilus_nested(problem: Problem) -> Result:
    """Importance nested sampling with neural networks, all defaults."""
    from nautilus import Sampler

    sampler = Sampler(
        problem.from_cube,
        problem.log_likelihood,
        n_dim=problem.dimension,
        vectorized=True,
        pass_dict=False,
        seed=SEED,
    )
    ended = False
    while not (ended or problem.spent):  # its own timeout counts wall time
        ended = sampler.run(n_like_max=MOST_EVALUATIONS, timeout=15.0)
    points, log_weights, _ = sampler.posterior()
    weights = np.exp(log_weights - log_weights.max())
    return Result(points[:, None], weights / weights.sum(), float(sampler.log_z), bool(ended))


def ultranest_slice(problem: Problem) -> Result:
    """Nested sampling with 400 live points and the vectorised population slice sampler."""
    from ultranest import ReactiveNestedSampler
    from ultranest.popstepsampler import PopulationSliceSampler, generate_mixture_random_direction

    np.random.seed(SEED)  # noqa: NPY002
    names = [f"u{k}" for k in range(problem.dimension)]
    sampler = ReactiveNestedSampler(names, problem.log_likelihood, problem.from_cube, vectorized=True)
    sampler.stepsampler = PopulationSliceSampler(
        popsize=100, nsteps=4 * problem.dimension, generate_direction=generate_mixture_random_direction
    )
    passes = sampler.run_iter(max_ncalls=MOST_EVALUATIONS, show_status=False, viz_callback=False)
    results = next(passes)
    while not problem.spent and (better := next(passes, None)) is not None:
        results = better
    weighted = results["weighted_samples"]
    return Result(weighted["points"][:, None], weighted["weights"], float(results["logz"]), not problem.spent)


PEERS: dict[str, Callable[[Problem], Result]] = {
    "emcee, stretch": stretch,
    "zeus": zeus_slice,
    "cobaya, mcmc": cobaya_mcmc,
    "dynesty": dynesty_static,
    "nautilus": nautilus_nested,
    "ultranest": ultranest_slice,
}
OURS, REFERENCE = "mevdm", "brute force"
PACKAGES = ("emcee", "zeus-mcmc", "cobaya", "dynesty", "nautilus-sampler", "ultranest", "numpy", "scipy")


# --- one run, in a process of its own --------------------------------------------------------------------------------


class _Plain:
    """A model without sampling coordinates: the priors' own are walked."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.parameters = model.parameters
        self.sampling_coordinates = SimpleNamespace(parameters=("none",), names=("none",))

    def predict(self, values: Mapping[str, Array], surroundings: Any) -> Any:
        return self._model.predict(values, surroundings)


def run_one(
    name: str, space: str, config: Config, tables: Path | None, path: Path, most_seconds: float = MOST_SECONDS
) -> None:
    """Run a sampler and keep its draws, in the coordinates of the priors."""
    posterior = build_posterior(config, tables)
    posterior.log_prob(posterior.sample_prior(WALKERS, np.random.default_rng(0)))  # compiled before the clock starts
    if name == REFERENCE:
        started = process_time()
        found = brute_force(posterior, SEED, final_draws=REFERENCE_DRAWS)
        result = Result(found.theta[:, None], found.weights, found.ln_z, True)
        evaluations, seconds = found.evaluations, process_time() - started
    elif name == OURS:
        started = process_time()
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            run = ensembles.run(
                lambda: posterior, config.sampler, folder / "out", folder / "checkpoint", marks={"config_hash": "peers"}
            )
            seconds = process_time() - started
            chains = np.concatenate([read_chain(p).coords for p in run.files], axis=1)
        result, evaluations = Result(chains, None, np.nan, run.converged), run.evaluations
    else:
        if space == "plain":
            posterior = replace(posterior, model=_Plain(posterior.model))
        problem = Problem(posterior, prior_grid(posterior, SEED) if space == "model" else None, seconds=most_seconds)
        result = PEERS[name](problem)
        evaluations, seconds = problem.evaluations, process_time() - problem.started
    values = posterior.to_physical(result.u.reshape(-1, result.u.shape[2])).values
    own = [prior.to_coordinate(values[parameter]) for parameter, prior in posterior.priors.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        own=np.column_stack(own).reshape(result.u.shape).astype(np.float32),
        weights=np.empty(0) if result.weights is None else result.weights,
        ln_z=result.ln_z,
        ended=result.ended,
        evaluations=evaluations,
        seconds=seconds,
    )


# --- the table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draws:
    """What a run left behind, as weighted draws of quantities {name: (n,)} with a sample size by the common rule."""

    quantities: dict[str, Array]
    regions: dict[str, Array]
    weights: Array
    size: float
    ln_z: float
    ended: bool
    evaluations: int
    seconds: float


def read(path: Path, posterior: Posterior) -> Draws:
    """Read a run; its sample size is N / tau of the slowest quantity for chains, and Kish's for weighted draws."""
    with np.load(path) as file:
        own, weights = file["own"].astype(float), file["weights"]
        numbers = {key: file[key].item() for key in ("ln_z", "ended", "evaluations", "seconds")}
    if len(weights):  # invalid points among nested draws have no weight
        own, weights = own[weights > 0.0], weights[weights > 0.0]
    flat = own.reshape(-1, own.shape[2])
    values = {name: np.full(len(flat), value) for name, value in posterior.fixed.items()}
    quantities = {}
    for k, (name, prior) in enumerate(posterior.priors.items()):
        values[name], quantities[name] = prior.to_physical(flat[:, k]), flat[:, k]
    prediction = posterior.model.predict(values, posterior.surroundings)
    spectrum = prediction.spectrum
    quantities |= {"m_dm": np.log(spectrum.m_dm), "mass_ratio": np.log(spectrum.m_u / spectrum.m_dm)}
    quantities = {name: x for name, x in quantities.items() if np.ptp(x) > 1e-6}
    regions = {name: x.astype(float) for name, x in pieces(prediction).items()}
    if len(weights):
        size = float(1.0 / np.sum(weights**2))
    else:
        shape = own.shape[:2]
        taus = [
            integrated_time(x.reshape(shape), tol=0)[0] for x in (*quantities.values(), *regions.values()) if x.std()
        ]
        size = len(flat) / float(np.nanmax(taus))
        weights = np.full(len(flat), 1.0 / len(flat))
    return Draws(quantities, regions, weights, size, **numbers)


def size_by_error(draws: Draws, reference: Draws) -> tuple[float, float]:
    """Independent draws that would be as wrong, from fractions below quartiles, and the largest CDF difference.

    The reference is wrong too, by as much as its own size says, which is taken off; at most that size is claimed.
    """
    errors, largest = [], 0.0
    for name, exact in reference.quantities.items():
        order = np.argsort(exact)
        cdf = np.cumsum(reference.weights[order])
        mine = np.argsort(draws.quantities[name])
        at = np.searchsorted(draws.quantities[name][mine], exact[order], side="right")
        found = np.concatenate([[0.0], np.cumsum(draws.weights[mine])])[at]
        largest = max(largest, float(np.abs(found - cdf).max()))
        for p in QUARTILES:
            k = min(int(np.searchsorted(cdf, p)), len(cdf) - 1)
            errors.append((found[k] - cdf[k]) ** 2 / (p * (1.0 - p)))
    return 1.0 / max(float(np.mean(errors)) - 1.0 / reference.size, 1.0 / reference.size), largest


def rows_of(config: Config, posterior: Posterior, folder: Path) -> str:
    """The table of one run."""
    reference = read(folder / f"{_file(REFERENCE, 'model')}.npz", posterior)
    fractions = {name: float(x @ reference.weights) for name, x in reference.regions.items()}
    fractions = {name: x for name, x in fractions.items() if SMALLEST_PIECE < x < 1.0 - SMALLEST_PIECE}
    header = ("sampler", "coordinates", "evaluations", "CPU s", "ESS", "ESS by error", "evaluations per ESS by error")
    header += (
        "CPU ms per ESS by error",
        "CDF",
        *(name.replace("|", r"\|") for name in fractions),
        "ln Z",
        "all pieces",
        "",
    )
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    for name in (REFERENCE, OURS, *PEERS):
        for space in ("plain", "model"):
            path = folder / f"{_file(name, space)}.npz"
            if not path.exists():
                continue
            draws = read(path, posterior)
            size, cdf = size_by_error(draws, reference) if name != REFERENCE else (np.nan, np.nan)
            more, less = ("≥ ", "≤ ") if size == reference.size else ("", "")  # cut at what the reference can tell
            found = {piece: float(draws.regions[piece] @ draws.weights) for piece in fractions}
            complete = all(fractions[piece] / FOUND < x < fractions[piece] * FOUND for piece, x in found.items())
            cells = (
                name,
                space,
                f"{draws.evaluations / 1e3:.0f} k",
                f"{draws.seconds:.0f}",
                f"{draws.size:.0f}",
                f"{more}{size:.0f}",
                f"{less}{draws.evaluations / size:.0f}",
                f"{less}{1e3 * draws.seconds / size:.1f}",
                f"{cdf:.3f}",
                *(f"{x:.3f}" for x in found.values()),
                f"{draws.ln_z:.2f}",
                "yes" if complete else "**no**",
                "" if draws.ended else "capped",
            )
            lines.append("| " + " | ".join("" if cell == "nan" else cell for cell in cells) + " |")
    return f"## {config.run}\n\n{config.description}\n\n" + "\n".join(lines) + "\n"


def _file(name: str, space: str) -> str:
    return f"{name}_{space}".replace(", ", "_").replace(" ", "_")


def main(arguments: list[str] | None = None) -> None:
    """Run what is missing and write the page."""
    parser = argparse.ArgumentParser(description="Samplers on the posteriors of runs, side by side.")
    parser.add_argument("configs", metavar="CONFIG", type=Path, nargs="+")
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--seconds", type=float, default=MOST_SECONDS, help="of CPU time, at most, for each sampler")
    parser.add_argument("--again", metavar="NAME", action="append", default=[])
    parser.add_argument("--one", nargs=3, metavar=("NAME", "SPACE", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        warnings.simplefilter("ignore")
        name, space, path = options.one
        run_one(name, space, load(options.configs[0]), options.tables, Path(path), options.seconds)
        return
    parts = []
    for config_path in options.configs:
        config = load(config_path)
        folder = FOLDER / config.run
        jobs = [(REFERENCE, "model"), (OURS, "model")]
        jobs += [(name, space) for name in PEERS for space in ("plain", "model")]
        for name, space in jobs:
            path = folder / f"{_file(name, space)}.npz"
            if path.exists() and name not in options.again:
                continue
            command = [sys.executable, "-m", "tests.benchmarks.peers_sampling", str(config_path)]
            command += ["--tables", str(options.tables)] if options.tables else []
            command += ["--seconds", str(options.seconds)]
            sys.stderr.write(f"{config.run}: {name}, {space} coordinates\n")
            subprocess.run([*command, "--one", name, space, str(path)], check=False, cwd=ROOT)
        parts.append(rows_of(config, build_posterior(config, options.tables), folder))
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    page = PAGE.format(versions=versions, machine=machine, tables="\n".join(parts))
    (ROOT / "docs" / "peers.md").write_text(page, encoding="utf-8")


PAGE = """\
# Samplers compared

Written by

```bash
pip install -e ".[peers]"
OMP_NUM_THREADS=1 python -m tests.benchmarks.peers_sampling config/NAME.yaml ...
```

on {machine}, Python with {versions}.

Each peer had at most a million evaluations and some CPU seconds (`--seconds`; a row that says "capped" shows how far it
got), in one process with one thread, vectorised where it can be. `plain` coordinates are those of the priors (log10
of the couplings), `model` those that our models offer, where samplers that want a prior on a cube start from the
distribution of prior draws in each coordinate. Chains of `emcee` and `zeus` start in a small ball about an optimum, as
emcee's manual advises. Evaluations count everything: pilots, burn-in, optimiser.

- **ESS** is what the run claims: N over the longest autocorrelation time of its parameters, masses and pieces, or
  Kish's size of its weights.
- **ESS by error** is what it delivered: the number of independent draws that would be as far from the reference, by the
  fractions below the quartiles of all parameters and masses, less what the reference itself is wrong by. It is noisy by
  some tens of per cent, sees bias, and is cut at the size of the reference (then marked ≥ and ≤).
- **CDF** is the largest difference of a marginal distribution from the reference; a run has found **all pieces** of the
  allowed region if the fraction of each that holds over 1 % is right within a factor of two.

{tables}"""


if __name__ == "__main__":
    main()
