"""The assumed truth of a forecast: the sky that a telescope would see if the best fit to today's data were true."""

from collections.abc import Sequence

import numpy as np

from model.physics.quantities import Array
from workflow.inference.estimates.best_fit import SIMPLEX, STARTS, distinct, scores
from workflow.inference.estimates.nelder_mead import maximise
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.sampling.pilot import run_pilot
from workflow.inference.sampling.random_streams import Role, generator
from workflow.inference.sampling.target import pilot_start

PARTICLES, SWEEPS = 1500, 10
# An override that makes a run see what the telescope of a forecast sees.
TELESCOPE = "likelihoods.morphology_511kev.forecast=cosi_stellar"


def best_fit_to_today(posterior: Posterior, seed: int) -> Array:
    """Sampling coordinates of the largest posterior density, polished from one tempered pilot.

    The prior counts because the prior of a nuisance parameter is a measurement too. The density is
    that in the priors' own coordinates, see `workflow.inference.estimates.best_fit`.

    Parameters
    ----------
    posterior : Posterior
        The run with the data of today.
    seed : int
        Of the pilot.

    Returns
    -------
    (d,) array
    """
    pilot = run_pilot(pilot_start(posterior), PARTICLES, SWEEPS, generator(seed, Role.PILOT, 0), lambda _: None)
    spread = pilot.particles.std(axis=0)
    starts = pilot.particles[distinct(pilot.particles / spread, pilot.log_likelihood, STARTS)]
    maxima = maximise(lambda u, _: scores(posterior, u, np.ones(len(u))), starts, SIMPLEX * spread)
    best: Array = maxima.points[np.argmax(maxima.values)]
    return best


def expected_annuli(today: Posterior, forecast: Posterior, seed: int) -> tuple[float, ...]:
    """Bulge flux in the annuli [ph cm^-2 s^-1] that the telescope of a forecast would see.

    Parameters
    ----------
    today, forecast : Posterior
        The same run with the data of today and with ``morphology_511kev.forecast``, which decides the telescope.
    seed : int
        Of the search for the best fit.
    """
    values = today.to_physical(best_fit_to_today(today, seed)[None]).values
    annuli = forecast.model.predict(values, forecast.surroundings).annuli_511kev
    return tuple(float(flux) for flux in annuli[0])


def truth_override(annuli: Sequence[float]) -> str:
    """The annuli as the option of a config that makes them the truth of a forecast, for ``--set``."""
    return f"likelihoods.morphology_511kev.truth_ph_cm2_s=[{','.join(f'{flux:.5e}' for flux in annuli)}]"
