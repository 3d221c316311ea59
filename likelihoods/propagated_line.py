"""Annihilation today against the published bound from the profile of the 511 keV line with propagated positrons."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from likelihoods import _statistics
from likelihoods.data.continuum_spectra import continuum
from likelihoods.data.measurements import Measurement
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


@dataclass(frozen=True)
class Likelihood:
    r"""De la Torre Luque, Balaji and Silk 2023, 2312.04907, emulated from the two numbers of its abstract.

    For an NFW halo, <sigma v> is below 1e-32 cm^3/s at 1 MeV and below 1e-26 cm^3/s at 5 GeV, "robust within a factor
    of a few". The emulation is

    .. math:: \ln L = -\frac12\left[\frac{\max(0, \ln\sigma v/\sigma v_{\rm lim})}{\ln 3}\right]^2

    and rests on four assumptions: the bound is a power law of the mass through the two numbers; "a few" is a factor of
    3 for one standard deviation; the bound is that of the paper's one NFW halo whatever the halo of the point; and
    p-wave annihilation counts with its mean over the bulge. Cross-sections are into e+e-, per self-conjugate particle,
    times ``relic_fraction`` squared.

    The bound excludes annihilation as the source of the line, which needs about 1e-30 cm^3/s at 1 MeV: a run with the
    flux of the line has no good fit to both. No shipped run lists this likelihood.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("sigma_v_bulge", "relic_fraction", "dark_matter", "spectrum")
    era: ClassVar[str] = "any"
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided

    @property
    def data(self) -> tuple[Measurement, ...]:
        """No single number: the bound depends on the mass, ``limit``."""
        return ()

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        per_self_conjugate = prediction.relic_fraction**2 * prediction.dark_matter.kappa * prediction.sigma_v_bulge
        with np.errstate(divide="ignore"):  # no annihilation: the logarithm is -inf, and the likelihood 1
            excess = np.log(per_self_conjugate / limit(prediction.spectrum.m_dm))
        result: Array = -0.5 * (np.maximum(excess, 0.0) / np.log(continuum().propagated_line.factor)) ** 2
        return result


def limit(m_dm: Array) -> Array:
    """Published bound on <sigma v> of self-conjugate dark matter into e+e- [cm^3/s], at masses [MeV], (n,)."""
    published = continuum().propagated_line
    (first, last), (low, high) = np.log(published.mass_mev), np.log(published.sigma_v_cm3_s)
    result: Array = np.exp(low + (high - low) * (np.log(m_dm) - first) / (last - first))
    return result
