"""Invisible decays of the J/psi and the Upsilon(1S), with and without a photon."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

import yaml

from likelihoods import _statistics
from likelihoods.data.eras import Era, existed
from likelihoods.data.measurements import DATA, Measurement
from model.physics.laboratory.quarkonium import Quarkonium, invisible_branching, radiative_invisible_branching
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


class Limit(NamedTuple):
    """A published 90 % upper limit on a branching ratio; ``tag`` as in a Measurement."""

    year: int
    limit_90: float
    tag: str
    source: str


class Searches(NamedTuple):
    """A state and the limits on its decays, oldest first."""

    state: Quarkonium
    invisible: tuple[Limit, ...]
    photon_invisible: tuple[Limit, ...]


@cache
def searches() -> dict[str, Searches]:
    """Searches by state.

    Raises
    ------
    TypeError
        If an entry lacks a field or has an unknown one.
    """
    entries = yaml.safe_load((DATA / "quarkonium.yaml").read_text(encoding="utf-8"))
    return {
        name: Searches(
            state=Quarkonium(**entry.pop("state")),
            **{kind: tuple(Limit(**limit) for limit in limits) for kind, limits in entry.items()},
        )
        for name, entry in entries.items()
    }


@dataclass(frozen=True)
class Likelihood:
    r"""Half Gaussian in each branching ratio, :math:`-\frac12 (1.645\,{\rm BR}/{\rm BR}_{90})^2`: no signal is 0.

    A flat prior in BR >= 0 then has its 90 % point at the published limit. Vector couplings of quarks cause invisible
    decays. Axial couplings cause invisible decays with a photon, which are far more sensitive. Decays of kaons, pions
    and etas into U depend on the completion of the theory and are left out.

    Attributes
    ----------
    era : {2008, "modern"}
        2008 keeps the limits that existed then.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths", "dark_matter")
    requires: ClassVar[Requirements] = NOTHING
    era: Era = 2008

    @property
    def data(self) -> tuple[Measurement, ...]:
        """No measurement: the limits are in ``searches()``."""
        return ()

    def experiments(self, prediction: Prediction) -> dict[str, Array]:
        """Log-likelihood of each search, each (n,)."""
        result = {}
        inputs = prediction.spectrum, prediction.couplings, prediction.widths
        for name, search in searches().items():
            invisible = invisible_branching(search.state, *inputs, prediction.dark_matter)
            radiative = radiative_invisible_branching(search.state, *inputs)
            for kind, branching in (("invisible", invisible), ("photon_invisible", radiative)):
                limit = self._limit(getattr(search, kind))
                result[f"{name}_{kind}"] = _statistics.upper_limit(branching, limit.limit_90, 0.90)
        return result

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        return _statistics.total(self.experiments(prediction))

    def _limit(self, limits: tuple[Limit, ...]) -> Limit:
        return [limit for limit in limits if existed(limit.year, self.era)][-1]
