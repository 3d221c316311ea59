"""Direct detection of halo dark matter by the recoil of electrons."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

import numpy as np
import yaml

from likelihoods import _statistics
from likelihoods.data.measurements import DATA, Measurement
from model.physics.confidence import ONE_SIDED_90
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements

_FADE = 0.1  # of the lowest mass: the range below it in which the sensitivity fades out


class Limit(NamedTuple):
    """Published upper limit against the mass of dark matter; ``tag`` as in a Measurement."""

    year: int
    confidence: float
    mass_mev: list[float]
    limit_cm2: list[float]
    source: str
    tag: str
    note: str


@cache
def limit() -> Limit:
    """The limit of DAMIC-M.

    Raises
    ------
    TypeError
        If the entry lacks a field or has an unknown one.
    """
    return Limit(**yaml.safe_load((DATA / "direct_detection.yaml").read_text(encoding="utf-8"))["damic_m_2025"])


@dataclass(frozen=True)
class Likelihood:
    r"""DAMIC-M 2025: :math:`\ln L = -\frac12 (1.645 f \sigma_e / \sigma_{90}(m))^2`, so that no signal is 0.

    A flat prior in sigma_e >= 0 then reproduces the published 90 % limit. Dark matter of which this particle is a
    fraction f gives f times the rate (docs/physics/laboratory.md 6). sigma_90 is linear in the logarithms; its last
    segment continues above 1 GeV. Below 0.754 MeV, where the published limit ends, there is no sensitivity: it fades
    out between 0.754 and 0.679 MeV. Dark matter boosted by the Sun or by cosmic rays is left out. Majorana dark matter
    with vector couplings scatters by its velocity alone (`electron_scattering`) and stays out of reach. In 2008 there
    was no limit at such masses: leave this likelihood out of runs of that era.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("sigma_e_cm2", "relic_fraction", "spectrum")
    era: ClassVar[str] = "any"
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided

    @property
    def data(self) -> tuple[Measurement, ...]:
        """No single number: the limit is a curve, ``limit()``."""
        return ()

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        signal = prediction.relic_fraction * prediction.sigma_e_cm2
        log_likelihood: Array = -0.5 * (ONE_SIDED_90 * signal * inverse_limit_90(prediction.spectrum.m_dm)) ** 2
        return log_likelihood


def inverse_limit_90(m_dm: Array) -> Array:
    """One over the 90 % upper limit on sigma_e [cm^-2] at each mass [MeV], 0 where there is none, (n,)."""
    published = limit()
    ln_m, ln_limit = np.log(published.mass_mev), np.log(published.limit_cm2)
    at = np.log(m_dm)
    above = (ln_limit[-1] - ln_limit[-2]) / (ln_m[-1] - ln_m[-2]) * np.maximum(at - ln_m[-1], 0.0)
    open_fraction = np.clip((m_dm / published.mass_mev[0] - (1.0 - _FADE)) / _FADE, 0.0, 1.0)
    inverse: Array = np.exp(-np.interp(at, ln_m, ln_limit) - above) * open_fraction**2 * (3.0 - 2.0 * open_fraction)
    return inverse
