"""Kernels compiled and tables made once, before the processes of a test session start.

As a script, ``warm_up.py FOLDER``, it does its part of the work beside the session, which has one process till then.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from reference.runs import ROOT

from workflow.inference.posterior import relic_ridge
from workflow.inference.posterior.evaluation import evaluate
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load


def coarsen_relic_ridge() -> None:
    """Leave the table of the relic ridge few nodes, so that it is made at once.

    Sampling coordinates are exact with any table. Tests of the table choose their own nodes.
    """
    for axis, every in (("LOG_G", 6), ("STRETCHED_RATIO", 4), ("STRETCHED_M_DM", 4)):
        setattr(relic_ridge, axis, getattr(relic_ridge, axis)[::every])


def posterior_of(name: str, folder: Path) -> Posterior:
    """Posterior of a shipped config, with its tables but the relic ridge."""
    return build_posterior(load(ROOT / "config" / f"{name}.yaml", ()), folder)


def evaluate_some(posterior: Posterior) -> None:
    """Make the relic ridge and run every kernel that an evaluation needs."""
    evaluate(posterior, posterior.to_physical(posterior.sample_prior(8, np.random.default_rng(1))).values)


def warm_up(folder: Path) -> None:
    """Do everything in two processes: one for the yields of beam dumps, one for freeze-out, which take the longest."""
    places = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))}
    with subprocess.Popen([sys.executable, __file__, str(folder)], env=places) as other:
        modern = posterior_of("hooper_zurek_modern", folder)
    if other.returncode:
        raise RuntimeError(f"{Path(__file__).name} ended with exit code {other.returncode}")
    for posterior in (modern, posterior_of("vector_portal_modern", folder)):
        evaluate_some(posterior)


if __name__ == "__main__":
    coarsen_relic_ridge()
    evaluate_some(posterior_of("hooper_zurek_2008_paper", Path(sys.argv[1])))
