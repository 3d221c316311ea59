"""Relic abundance of Dirac dark matter against hazma: time and value, in one process, round by round in turn.

    pip install -e ".[peers]"
    OMP_NUM_THREADS=1 python -m tests.benchmarks.hazma_relic

Both start from masses and couplings and end at Omega h^2: hazma's ``KineticMixing`` with ``relic_density``, by its
semi-analytic default and by the full Boltzmann equation, and this project's ``vector_portal`` in batches of 128. hazma
counts one species; its values are doubled. The column "hazma's σ, converged" judges between the two: hazma's own
cross-sections, but with a converged thermal average and in the slow solver of ``tests/reference``.
"""

import os
import platform
import sys
from collections.abc import Callable
from itertools import pairwise
from time import perf_counter

import numpy as np
from scipy.integrate import quad
from scipy.special import kve

from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.galaxy.halo import Galaxy
from model.physics.galaxy.j_factor import tabulate
from model.physics.hidden_sector.annihilation import u_pair_channel_matters
from model.physics.nuisances import default_nuisances, nuisances
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.surroundings import Surroundings
from model.vector_portal import Model
from tests.reference import relic_oracle

try:
    from hazma.relic_density import relic_density
    from hazma.vector_mediator import KineticMixing
except ImportError:
    sys.exit('hazma is missing; install it with: pip install -e ".[peers]"')

# m_dm [MeV], m_U [MeV], g_dm, epsilon: plain, near the resonance, heavier, and U lighter than dark matter.
POINTS = ((10.0, 30.0, 1.0, 3e-5), (10.0, 22.0, 0.1, 3e-5), (50.0, 150.0, 0.5, 3e-4), (10.0, 5.0, 5e-3, 1e-4))
BATCH = 128
ROUNDS = 25
HAZMA_CALLS = 5  # of the semi-analytic solver in each round
JITTER = 1e-3  # on both couplings, so that nothing can be cached

Point = tuple[float, float, float, float]


def predictor() -> Callable[[Array], Prediction]:
    """A function from points (n, 4) to a prediction of the vector portal."""
    model = Model(dark_matter="dirac")
    surroundings = Surroundings(standard_thermal_history(), Galaxy(), tabulate(Galaxy()), nuisances("gnfw"))
    others = default_nuisances("gnfw")
    names = [parameter.name for parameter in model.parameters]

    def predict(points: Array) -> Prediction:
        values = {name: np.full(len(points), value) for name, value in others.items()}
        return model.predict(values | dict(zip(names, points.T, strict=True)), surroundings)

    return predict


def jittered(point: Point, n: int, rng: np.random.Generator) -> Array:
    """N copies of a point, (n, 4), with couplings that all differ."""
    points = np.tile(point, (n, 1))
    points[:, 2:] *= np.exp(JITTER * rng.standard_normal((n, 2)))
    return points


def hazma_omega_h2(point: Array | Point, semi_analytic: bool) -> float:
    """Omega h^2 of particle and antiparticle as hazma solves it."""
    m_dm, m_u, g_dm, epsilon = point
    model = KineticMixing(mx=m_dm, mv=m_u, gvxx=g_dm, eps=epsilon)
    return float(2.0 * relic_density(model, semi_analytic=semi_analytic))


def converged_omega_h2(point: Point) -> float:
    """Omega h^2 from hazma's total cross-section, without its thermal average and without its solver."""
    m_dm, m_u, g_dm, epsilon = point
    model = KineticMixing(mx=m_dm, mv=m_u, gvxx=g_dm, eps=epsilon)

    def integrand(z: float, x: float) -> float:
        sigma = model.annihilation_cross_sections(m_dm * z)["total"]
        return float(sigma * z**2 * (z**2 - 4.0) * kve(1, x * z) * np.exp(-x * (z - 2.0)))

    def average(x: Array) -> Array:
        result = np.empty(x.size)
        for i, value in enumerate(x):
            top = 2.0 + 60.0 / value
            # Panels that shrink towards threshold and pole, and no absolute tolerance: sigma is 1e-12 and smaller.
            near_pole = m_u / m_dm + np.outer([-1.0, 1.0], np.geomspace(1e-4, 1e-1, 4)).ravel()
            edges = np.unique([2.0, 2.0 + 1.0 / value, 2.0 + 10.0 / value, top, m_u / m_dm, *near_pole])
            edges = edges[(edges >= 2.0) & (edges <= top)]
            panels = pairwise(edges)
            total = sum(quad(integrand, *panel, args=(value,), epsabs=0.0, epsrel=1e-6)[0] for panel in panels)
            result[i] = value / (2.0 * kve(2, value)) ** 2 * total
        return result

    return float(relic_oracle.boltzmann(m_dm, 0.5, 4, average))


def timings(point: Point, predict: Callable[[Array], Prediction], rng: np.random.Generator) -> tuple[float, ...]:
    """Seconds per point of one round: ours, hazma's default, hazma's full solution."""
    points = jittered(point, BATCH, rng)
    start = perf_counter()
    _ = predict(points).omega_h2
    ours = (perf_counter() - start) / BATCH

    points = jittered(point, HAZMA_CALLS, rng)
    start = perf_counter()
    for row in points:
        hazma_omega_h2(row, semi_analytic=True)
    default = (perf_counter() - start) / HAZMA_CALLS

    (row,) = jittered(point, 1, rng)
    start = perf_counter()
    hazma_omega_h2(row, semi_analytic=False)
    return ours, default, perf_counter() - start


def main() -> None:
    """Print two Markdown tables: minima (medians) of the times over the rounds, and values of Omega h^2."""
    predict = predictor()
    rng = np.random.default_rng(511)
    for point in POINTS:  # kernels are loaded, tables are read
        timings(point, predict, rng)
    load = os.getloadavg()[0]
    rounds = np.array([[timings(point, predict, rng) for point in POINTS] for _ in range(ROUNDS)])

    lines = [
        f"{ROUNDS} rounds; load of {os.cpu_count()} cores {load:.1f} before and {os.getloadavg()[0]:.1f} after;"
        f" Python {platform.python_version()}",
        "",
        "| m_dm, m_U [MeV], g, ε | ours [µs/point] | hazma default [ms] | ratio | hazma full [ms] | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for point, seconds in zip(POINTS, rounds.transpose(1, 2, 0), strict=True):
        ours, *hazma = seconds
        cells = [f"{1e6 * ours.min():.3g} ({1e6 * np.median(ours):.3g})"]
        for theirs in hazma:
            cells.append(f"{1e3 * theirs.min():.3g} ({1e3 * np.median(theirs):.3g})")
            cells.append(f"{theirs.min() / ours.min():.0f} ({np.median(theirs / ours):.0f})")
        lines.append(f"| {_name(point)} | {' | '.join(cells)} |")
    lines += [
        "",
        "| m_dm, m_U [MeV], g, ε | ours | 2 × hazma default | 2 × hazma full | hazma's σ, converged | X X → U U |",
        "|---|---|---|---|---|---|",
    ]
    for point in POINTS:
        prediction = predict(np.array([point]))
        theirs = [hazma_omega_h2(point, semi_analytic) for semi_analytic in (True, False)]
        cells = [f"{value:.4g}" for value in (prediction.omega_h2[0], *theirs, converged_omega_h2(point))]
        matters = u_pair_channel_matters(prediction.spectrum, prediction.couplings)[0]
        cells.append("matters, not in ours" if matters else "negligible")
        lines.append(f"| {_name(point)} | {' | '.join(cells)} |")
    sys.stdout.write("\n".join(lines) + "\n")


def _name(point: Point) -> str:
    return ", ".join(f"{value:g}" for value in point)


if __name__ == "__main__":
    main()
