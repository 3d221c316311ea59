"""Simulation-based calibration of the real model (Talts et al., arXiv:1804.06788; docs/physics/sampling.md 7).

Over the full prior it would be pointless: its draws predict abundances over tens of decades. So the prior is narrowed
to the posterior of the default run, twice as wide. In each replicate true parameters are drawn from the narrowed prior,
every datum is redrawn about what they predict, with the likelihood's own total error, and the sampler is run with the
same narrowed prior. If likelihoods, coordinates and sampler are what they claim to be, the rank of the truth among the
draws is uniform in every quantity.
"""

import csv
import tempfile
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from likelihoods import _statistics
from likelihoods.data.measurements import Measurement
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from tests.reference.plain_target import PlainTarget
from tests.reference.runs import ROOT
from tests.validation.page import KEPT, Section, figure_path, table
from workflow.inference.drawing.style import BLUE, GREY, PALE, VERMILLION, styled
from workflow.inference.posterior.posterior import Likelihood, Posterior
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import Config, load
from workflow.inference.run.provenance import posterior_identity
from workflow.inference.sampling import ensembles as sampling
from workflow.inference.sampling.chain_files import read_chain
from workflow.inference.sampling.pilot import run_pilot
from workflow.inference.sampling.proposal import fit_mixture
from workflow.inference.sampling.settings import SamplerSettings
from workflow.inference.sampling.target import pilot_start

RUN = "hooper_zurek_2008_paper"
REPLICATES, LEAST = 200, 100  # that are made, and that the page asks for
WIDENING = 2.0  # of the posterior, to make the narrowed prior
SEED = 8
DRAWS = 1000  # of each replicate, spread over its chains, among which the truth is ranked
BINS = 10
SMALLEST_P = 0.01  # of all quantities together
LABELS = {
    "g": "$g$",
    "chi": r"$\chi$",
    "lambda": r"$\lambda$",
    "m_soft_tev": r"$m_{\rm soft}$",
    "gamma": r"$\gamma$",
    "rho_sun_gev_cm3": r"$\rho_\odot$",
    "f_ps": r"$f_{\rm Ps}$",
    "m_dm_mev": r"$m_{\rm DM}$",
    "mass_ratio": r"$m_U/m_{\rm DM}$",
    "omega_h2": r"$\Omega h^2$",
    "flux_511kev": r"$\Phi_{511}$",
    "log_likelihood": r"$\ln L$",
}
SETTINGS = SamplerSettings(
    ensembles=2,
    walkers=64,
    pilot_particles=500,
    pilot_sweeps=5,
    mixture_components=12,
    burn_in=50,
    settling=50,
    survey_draws=4000,
    surveys=2,
    steps=400,
    max_steps=400,
)


@dataclass(frozen=True)
class Gaussian:
    """A datum with a Gaussian error, for the W mass, which `kinetic_mixing` reads by itself."""

    datum: Measurement
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The datum."""
        return (self.datum,)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at n points."""
        return _statistics.gaussian(getattr(prediction, self.datum.observable), self.datum.value, self.datum.sigma)


@dataclass(frozen=True)
class Gaussians:
    """A plain mixture of k Gaussians: weights (k,), means (k, d), and factors (k, d, d) of the covariances."""

    weights: Array
    means: Array
    axes: Array

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw n points, (n, d)."""
        k = rng.choice(len(self.weights), size=n, p=self.weights)
        return self.means[k] + np.einsum("nij,nj->ni", self.axes[k], rng.normal(size=(n, self.means.shape[1])))

    def log_density(self, u: Array) -> Array:
        """Log-density at n points, (n,)."""
        terms = []
        for weight, mean, factor in zip(self.weights, self.means, self.axes, strict=True):
            white = np.linalg.solve(factor, (u - mean).T)
            terms.append(np.log(weight) - np.linalg.slogdet(factor)[1] + stats.norm.logpdf(white).sum(axis=0))
        total: Array = np.logaddexp.reduce(terms)
        return total


@dataclass(frozen=True)
class Narrowed(PlainTarget):
    """A posterior whose prior is a mixture in the sampling coordinates, cut where the original prior ends."""

    posterior: Posterior
    prior: Gaussians

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates."""
        return self.posterior.names

    @property
    def blob_names(self) -> tuple[str, ...]:
        """Names of columns 1.. of ``log_prob``."""
        return self.posterior.blob_names

    def log_prob(self, u: Array) -> Array:
        """Log-density and its parts, as `Posterior.log_prob` gives them."""
        columns = self.posterior.log_prob(u)
        columns[:, 2] = np.where(np.isfinite(columns[:, 2]), self.prior.log_density(u), -np.inf)
        columns[:, 0] = columns[:, 1] + columns[:, 2]
        return columns

    def sample_prior(self, n: int, rng: np.random.Generator) -> Array:
        """Draws from the narrowed prior, (n, d)."""
        found = np.empty((0, len(self.names)))
        while len(found) < n:
            u = self.prior.sample(2 * n, rng)
            found = np.concatenate([found, u[np.isfinite(self.posterior.to_physical(u).log_prior)]])
        return found[:n]


def narrowed(posterior: Posterior) -> Narrowed:
    """The default posterior, as two pilots see it, widened."""
    pilots = [
        run_pilot(pilot_start(posterior), 4000, 10, np.random.default_rng([SEED, k]), lambda _: None) for k in range(2)
    ]
    fit = fit_mixture(np.concatenate([pilot.particles for pilot in pilots]), 8, SEED)
    return Narrowed(posterior, Gaussians(fit.weights, fit.means, WIDENING * fit.axes))


def redrawn(likelihood: Likelihood, prediction: Prediction, rng: np.random.Generator) -> Likelihood:
    """The same likelihood with its datum drawn about the prediction at one point, with the total error there."""
    (datum,) = likelihood.data
    predicted = float(getattr(prediction, datum.observable)[0])
    sigma = np.hypot(datum.sigma, getattr(likelihood, "theory_error", 0.0) * predicted)
    new = datum._replace(value=float(rng.normal(predicted, sigma)))
    if type(likelihood).__module__ == "likelihoods.kinetic_mixing":
        return Gaussian(new)
    # The project's own class in everything but its data.
    twin = copy(likelihood)
    object.__setattr__(twin, "__class__", type("Redrawn", (type(likelihood),), {"data": (new,)}))
    return twin


def quantities(posterior: Posterior, u: Array) -> dict[str, Array]:
    """What is ranked at n points: sampled parameters, masses, and predictions of the data, each (n,)."""
    values = posterior.to_physical(u).values
    prediction = posterior.model.predict(values, posterior.surroundings)
    spectrum = prediction.spectrum
    return {name: values[name] for name in posterior.priors} | {
        "m_dm_mev": spectrum.m_dm,
        "mass_ratio": spectrum.m_u / spectrum.m_dm,
        "omega_h2": prediction.omega_h2,
        "flux_511kev": prediction.flux_511kev,
        "log_likelihood": posterior.log_prob(u)[:, 1],
    }


def replicate(prior: Narrowed, index: int) -> dict[str, float]:
    """Fraction of the posterior below the truth in each quantity, and how the sampler fared.

    Parameters
    ----------
    prior : Narrowed
        Where the truth is drawn from, and what the posterior is made with.
    index : int
        Which replicate; it fixes everything random.
    """
    rng = np.random.default_rng([SEED, 100 + index])
    original = prior.posterior
    valid = False
    while not valid:
        truth = prior.sample_prior(1, rng)
        prediction = original.model.predict(original.to_physical(truth).values, original.surroundings)
        valid = bool(prediction.valid[0])
    likelihoods = {name: redrawn(term, prediction, rng) for name, term in original.likelihoods.items()}
    target = replace(prior, posterior=replace(original, likelihoods=likelihoods))
    settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = sampling.run(
            lambda: target, settings, folder / "out", folder / "checkpoint", marks={"config_hash": str(index)}
        )
        coords = np.concatenate([read_chain(path).coords for path in run.files], axis=1)
    flat = coords.reshape(-1, coords.shape[2])
    at_truth = quantities(target.posterior, truth)
    drawn = quantities(target.posterior, flat[:: len(flat) // DRAWS])
    # Ties happen where a quantity is bounded or repeats with its walker; half of them lie below.
    below = {name: np.mean(x < at_truth[name]) + 0.5 * np.mean(x == at_truth[name]) for name, x in drawn.items()}
    check = run.checks[-1]
    return {name: float(x) for name, x in below.items()} | {
        "_rhat": check.rhat,
        "_ess": check.ess,
        "_evaluations": float(run.evaluations),
    }


def replicates(config: Config, posterior: Posterior, count: int) -> list[dict[str, float]]:
    """So many replicates; those made before by the same code are read, so that a long job may be cut short."""
    kept = KEPT / f"calibration_{posterior_identity(config)[:12]}.csv"
    done: list[dict[str, float]] = []
    if kept.exists():
        with kept.open(encoding="utf-8", newline="") as file:
            done = [{name: float(x) for name, x in row.items()} for row in csv.DictReader(file)]
    KEPT.mkdir(parents=True, exist_ok=True)
    prior = narrowed(posterior) if len(done) < count else None
    while prior is not None and len(done) < count:
        done.append(replicate(prior, len(done)))
        with kept.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(done[0]))
            if len(done) == 1:
                writer.writeheader()
            writer.writerow(done[-1])
    return done[:count]


def uniformity(fractions: Array) -> tuple[float, float]:
    """p-values that fractions are uniform: of the Kolmogorov-Smirnov distance, and of chi^2 in `BINS` bins."""
    counts = np.histogram(fractions, BINS, (0.0, 1.0))[0]
    return float(stats.kstest(fractions, "uniform").pvalue), float(stats.chisquare(counts).pvalue)


@styled
def rank_figure(fractions: Mapping[str, Array]) -> Figure:
    """Histograms of the ranks, and the difference of all distribution functions from the diagonal."""
    n = len(next(iter(fractions.values())))
    columns = 5
    rows = -(-(len(fractions) + 1) // columns)
    figure = Figure(figsize=(9.0, 1.9 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    low, high = stats.binom.ppf([0.025, 0.975], n, 1.0 / BINS)
    tallest = max(high, *(np.histogram(x, BINS, (0.0, 1.0))[0].max() for x in fractions.values()))
    panels = iter(axes.ravel())
    for (name, x), panel in zip(fractions.items(), panels, strict=False):
        panel.axhspan(low, high, color=PALE, lw=0)
        panel.axhline(n / BINS, color=GREY, lw=0.7)
        panel.hist(x, BINS, (0.0, 1.0), histtype="step", color=BLUE, lw=1.2)
        panel.set(title=f"{LABELS[name]}:  p = {uniformity(x)[0]:.2f}", xlim=(0, 1), ylim=(0, 1.1 * tallest))
    for panel in axes[:, 0]:
        panel.set_ylabel("replicates")
    last = next(panels)
    grid = np.linspace(0.0, 1.0, 201)
    band = stats.kstwo.ppf(0.95, n)
    last.axhspan(-band, band, color=PALE, lw=0)
    for x in fractions.values():
        last.plot(grid, np.searchsorted(np.sort(x), grid, side="right") / n - grid, color=VERMILLION, lw=0.6)
    last.set(title="CDF minus diagonal, all", xlim=(0, 1))
    for panel in panels:
        panel.remove()
    for k in range(columns):
        axes[(len(fractions) - k) // columns, k].set_xlabel("rank of the truth")
    return figure


def measure(tables: Path | None = None, count: int = REPLICATES) -> Section:
    """Run the replicates and judge the ranks."""
    config = load(ROOT / "config" / f"{RUN}.yaml")
    done = replicates(config, build_posterior(config, tables), count)
    fractions = {name: np.array([row[name] for row in done]) for name in done[0] if not name.startswith("_")}
    p_values = {name: uniformity(x) for name, x in fractions.items()}
    smallest = min(min(pair) for pair in p_values.values()) * 2 * len(p_values)
    rows = [
        (f"`{name}`", f"{np.mean(x):.3f}", f"{np.mean(np.abs(x - 0.5) < 0.34):.2f}", f"{ks:.2f}", f"{chi2:.2f}")
        for (name, x), (ks, chi2) in zip(fractions.items(), p_values.values(), strict=True)
    ]
    rank_figure(fractions).savefig(figure_path("calibration"), dpi=150)
    evaluations = np.mean([row["_evaluations"] for row in done])
    text = f"""\
{len(done)} replicates of the default run. The truth is drawn from a narrowed prior, the posterior of the default run
{WIDENING:g} times as wide; flux, relic abundance, electron g-2 and W mass are redrawn about its predictions with the
total errors of their likelihoods; the posterior is made with the same narrowed prior by the real pipeline in small
({SETTINGS.ensembles} ensembles of {SETTINGS.walkers} walkers, {evaluations / 1e3:.0f} k evaluations on average). Below:
the mean rank (expect 0.5 ± {0.289 / len(done) ** 0.5:.2f}), the fraction of replicates with the truth inside the
central 68 % (± {0.466 / len(done) ** 0.5:.2f}), and p-values of uniform ranks.

{table(("quantity", "mean rank", "in central 68 %", "p (KS)", f"p (chi², {BINS} bins)"), rows)}
Chains of {SETTINGS.steps} steps; the largest R-hat of all replicates is {max(row["_rhat"] for row in done):.3f}, the
smallest effective sample size {min(row["_ess"] for row in done):.0f}, which blurs a rank by 0.02."""
    checks = {
        f"at least {LEAST} replicates": len(done) >= LEAST,
        "R-hat of every replicate below 1.05": all(row["_rhat"] < 1.05 for row in done),
        f"smallest p-value times the number of tests, {smallest:.2f}, above {SMALLEST_P}": smallest > SMALLEST_P,
    }
    shown = "Ranks of the truth; grey: 95 % of the counts of one bin, and of the largest distance of one line."
    return Section("calibration", "Simulation-based calibration", text, checks, {"validation_calibration.png": shown})
