"""Elastic scattering of neutrinos on electrons."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

import yaml

from likelihoods import _statistics
from likelihoods.data.eras import Era, existed
from likelihoods.data.measurements import DATA, Measurement
from model.physics.laboratory.neutrino_electron_scattering import Beam, rate_ratio
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


class Experiment(NamedTuple):
    """Events over those of the Standard Model, with error; ``tag`` as in a Measurement."""

    year: int
    ratio: float
    sigma: float
    beam: Beam
    source: str
    tag: str
    note: str


@cache
def known_experiments() -> dict[str, Experiment]:
    """All experiments by name.

    Raises
    ------
    TypeError
        If an entry lacks a field or has an unknown one.
    """
    entries = yaml.safe_load((DATA / "neutrino_electron_scattering.yaml").read_text(encoding="utf-8"))
    return {name: Experiment(**{**entry, "beam": Beam(**entry["beam"])}) for name, entry in entries.items()}


@dataclass(frozen=True)
class Likelihood:
    """Gaussian in the rate of each experiment over that of the Standard Model: a perfect fit is 0.

    It is a constant where U does not couple to neutrinos (kinetic mixing, chiral couplings to charged leptons).

    Attributes
    ----------
    era : {2008, "modern"}
        2008: LSND and CHARM II. Modern: also TEXONO and Borexino, which are sensitive to a lighter U.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings")
    requires: ClassVar[Requirements] = NOTHING
    era: Era = 2008

    @property
    def data(self) -> tuple[Measurement, ...]:
        """No observable of the prediction: the data are in ``known_experiments()``."""
        return ()

    def experiments(self, prediction: Prediction) -> dict[str, Array]:
        """Log-likelihood of each experiment, each (n,)."""
        result = {}
        for name, experiment in known_experiments().items():
            if not existed(experiment.year, self.era):
                continue
            ratio = rate_ratio(experiment.beam, prediction.spectrum.m_u, prediction.couplings)
            result[name] = _statistics.gaussian(ratio, experiment.ratio, experiment.sigma)
        return result

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        return _statistics.total(self.experiments(prediction))
