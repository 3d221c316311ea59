"""With every likelihood switched off the sampler must return the prior, and the evidence is the valid fraction of it.

Real models, real coordinates with their Jacobians, the real sampler. The reference is a set of
draws from the priors' quantiles, those with a valid vacuum; neither sampler nor coordinates play a part in it.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

from model.physics.quantities import Array
from tests.reference.runs import ROOT
from tests.validation.page import Section, table
from workflow.inference.diagnostics.autocorrelation import autocorrelation_time
from workflow.inference.judgement.evidence import evidence_of_chains
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.sampling import ensembles
from workflow.inference.sampling.chain_files import read_chain
from workflow.inference.sampling.settings import SamplerSettings

RUNS = ("hooper_zurek_2008_paper", "minimal_2008", "vector_portal")
PRIOR_DRAWS = 400_000
LARGEST_CDF = 0.02
SETTINGS = SamplerSettings(seed=7)  # the defaults


def _columns(posterior: Posterior, values: Mapping[str, Array]) -> tuple[dict[str, Array], Array]:
    """Sampled parameters and masses of points, and which are valid."""
    prediction = posterior.model.predict(values, posterior.surroundings)
    spectrum = prediction.spectrum
    masses = {"m_dm_mev": spectrum.m_dm, "m_u_mev": spectrum.m_u, "mass_ratio": spectrum.m_u / spectrum.m_dm}
    return {name: values[name] for name in posterior.priors} | masses, prediction.valid


def recover(run: str, settings: SamplerSettings, tables: Path | None) -> tuple[tuple[str, ...], bool]:
    """A row of the table, and whether the run holds what it must."""
    config = load(ROOT / "config" / f"{run}.yaml")
    posterior = replace(build_posterior(config, tables), likelihoods={})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = ensembles.run(
            lambda: posterior, settings, folder / "out", folder / "checkpoint", marks={"config_hash": run}
        )
        chains = [read_chain(path) for path in done.files]
        found = evidence_of_chains(posterior, chains, settings)
    u = np.stack([chain.coords for chain in chains])
    sampled, _ = _columns(posterior, posterior.to_physical(u.reshape(-1, u.shape[3])).values)
    drawn, valid = _columns(posterior, posterior.sample_prior_values(PRIOR_DRAWS, np.random.default_rng(3)))
    fraction = float(valid.mean())
    error = np.sqrt((1.0 - fraction) / fraction / PRIOR_DRAWS)

    distances, pulls = {}, []
    for parameter, values in sampled.items():
        exact = drawn[parameter][valid]
        if np.ptp(exact) < 1e-9 * np.abs(exact[0]):  # the minimal model has m_U = m_dm
            continue
        distances[parameter] = float(stats.ks_2samp(values, exact).statistic)
        for level in (0.05, 0.5, 0.95):  # fraction of the chain below quantiles of the prior
            below = (values < np.quantile(exact, level)).astype(float).reshape(u.shape[:3])
            tau = autocorrelation_time(below)
            pulls.append(
                (below.mean() - level) / np.hypot(below.std() * np.sqrt(tau / below.size), 0.5 / len(exact) ** 0.5)
            )
    worst = max(distances, key=distances.__getitem__)
    far = found.ln_z - np.log(fraction)
    row = (
        run,
        f"{(done.evaluations + found.evaluations) / 1e3:.0f} k",
        f"{done.checks[-1].rhat:.4f}",
        f"{distances[worst]:.4f} ({worst})",
        f"{np.abs(pulls).max():.1f} of {len(pulls)}",
        f"{found.ln_z:.4f} ± {found.error:.4f}",
        f"{np.log(fraction):.4f} ± {error:.4f}",
        f"{found.pareto_k:.2f}",
    )
    holds = (
        done.converged
        and distances[worst] <= LARGEST_CDF
        and np.abs(pulls).max() < 4.5
        and abs(far) < 4.0 * np.hypot(found.error, error)
    )
    return row, bool(holds)


def measure(tables: Path | None = None) -> Section:
    """Sample the priors of the shipped runs."""
    found = {run: recover(run, SETTINGS, tables) for run in RUNS}
    header = (
        "run",
        "evaluations",
        "R-hat",
        "largest CDF difference (in)",
        "largest pull of quantiles",
        "ln Z",
        "ln of the valid fraction of the prior",
        "Pareto k",
    )
    text = f"""\
The shipped runs without their likelihoods, against {PRIOR_DRAWS // 1000} 000 draws from the quantiles of the priors:
every sampled parameter, m_dm, m_U and their ratio. A wrong Jacobian of the sampling coordinates would show here, and so
would a part of the prior that they cannot reach. ln Z is the fraction of the prior with a valid vacuum. All settings
are the defaults.

{table(header, [row for row, _ in found.values()])}"""
    checks = {
        f"{run}: converged, CDF differences at most {LARGEST_CDF}, quantiles within 4.5 errors, ln Z within 4": holds
        for run, (_, holds) in found.items()
    }
    return Section("prior", "Prior recovery", text, checks, {})
