r"""Do two groups of data agree about a model? Bayes ratio and suspiciousness.

A base C of data that both groups share (here the relic abundance) turns the prior into the posterior of C, over which
groups A and B are compared:

.. math::
    \ln R &= \ln Z_{ABC} + \ln Z_C - \ln Z_{AC} - \ln Z_{BC}, \\
    \ln S &= \langle\ln L_A + \ln L_B\rangle_{ABC} - \langle\ln L_A\rangle_{AC} - \langle\ln L_B\rangle_{BC}, \qquad
    \ln I = \ln R - \ln S .

ln R depends on the volume of the prior. ln S is the part of ln R that hardly depends on it (Handley and Lemos 2019,
1902.04029, Eqs. 15-20). A negative ln S means tension. No p-value is given: it would need a Bayesian dimension, which
comes out negative or meaningless for a region in several pieces (docs/physics/sampling.md 7).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from workflow.inference.judgement.evidence import Evidence
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.writing.refusal import Refusal


@dataclass(frozen=True)
class Tension:
    """Agreement of groups A and B over the base: values and their standard errors."""

    ln_r: float
    ln_r_error: float
    ln_i: float
    ln_s: float
    ln_s_error: float
    base: Evidence
    base_and_a: Evidence
    base_and_b: Evidence
    everything: Evidence


def tension(
    posterior: Posterior,
    base: Collection[str],
    group_a: Collection[str],
    group_b: Collection[str],
    evidence_of: Callable[[Posterior], Evidence],
) -> Tension:
    """Compare two groups of a run's likelihoods.

    Parameters
    ----------
    posterior : Posterior
        The run; names of likelihoods that it does not have are ignored.
    base, group_a, group_b : collection of str
        Names of likelihoods; every likelihood of the run must be in exactly one.
    evidence_of : callable
        Evidence of a posterior.

    Raises
    ------
    Refusal
        If a likelihood of the run is in no group or in two, or a group has none.
    """
    chosen = {}
    for name in posterior.likelihoods:
        homes = [key for key, group in (("base", base), ("a", group_a), ("b", group_b)) if name in group]
        if len(homes) != 1:
            raise Refusal(f"likelihood {name} is in {len(homes)} of the groups; allowed: exactly one")
        chosen[name] = homes[0]
    for key in ("a", "b"):
        if key not in chosen.values():
            raise Refusal(f"no likelihood of the run is in group {key}")

    def restricted(*keys: str) -> Evidence:
        terms = {name: term for name, term in posterior.likelihoods.items() if chosen[name] in keys}
        return evidence_of(replace(posterior, likelihoods=terms))

    everything, both = restricted("base", "a", "b"), {key: restricted("base", key) for key in ("a", "b")}
    alone = restricted("base")
    # Natural logarithms add up with these signs in ln R; errors in quadrature, each estimate being independent.
    ln_r = everything.ln_z + alone.ln_z - both["a"].ln_z - both["b"].ln_z
    ln_s = sum(
        everything.mean_log_likelihoods[name] - both[key].mean_log_likelihoods[name]
        for name, key in chosen.items()
        if key != "base"
    )
    return Tension(
        ln_r=ln_r,
        ln_r_error=float(np.sqrt(sum(run.error**2 for run in (everything, alone, *both.values())))),
        ln_i=ln_r - ln_s,
        ln_s=ln_s,
        ln_s_error=float(np.sqrt(sum(run.mean_log_likelihood_error**2 for run in (everything, *both.values())))),
        base=alone,
        base_and_a=both["a"],
        base_and_b=both["b"],
        everything=everything,
    )
