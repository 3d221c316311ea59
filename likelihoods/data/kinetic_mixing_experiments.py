"""Read the experiments behind the kinetic-mixing bounds: beam, target, lengths, exposure, counts, source and tag."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import yaml

from likelihoods.data.measurements import DATA
from model.physics.quantities import Array
from model.physics.searches.bremsstrahlung import Target
from model.physics.searches.electron_dump import ElectronDump, Threshold
from model.physics.searches.missing_energy import MissingEnergy
from model.physics.searches.prompt_search import PromptSearch, pi0_dalitz_reach
from model.physics.searches.proton_dump import ProtonDump

Production = Literal["electron", "pi0"]
VisibleChannel = Literal["electrons", "muons"]

_DALITZ_NODES = 40  # of a computed prompt limit: interpolated to better than 1e-3


@dataclass(frozen=True)
class Counting:
    """Log-likelihood of an expected number of signal events; 0 is a perfect fit.

    Attributes
    ----------
    kind : {"poisson", "gaussian", "half_gaussian"}
        ``poisson``: observed n on background b. ``gaussian``: a measured excess with its error. ``half_gaussian``: no
        excess, with the error of the count.
    observed, background, excess, sigma : float
        What the kind asks for.
    """

    kind: Literal["poisson", "gaussian", "half_gaussian"]
    observed: float = 0.0
    background: float = 0.0
    excess: float = 0.0
    sigma: float = 1.0

    def log_likelihood(self, events: Array) -> Array:
        r"""Log-likelihood of n expected signals N, shape (n,).

        Poisson :math:`n\ln[(N+b)/n] - (N + b - n)`, or -N for n = 0; Gaussian :math:`-(N - x)^2/2\sigma^2`, for
        ``half_gaussian`` with x = 0 (docs/physics/kinetic_mixing.md 2.2).
        """
        if self.kind == "poisson":
            if self.observed == 0.0:
                return -events
            expected = events + self.background
            result: Array = self.observed * np.log(expected / self.observed) - (expected - self.observed)
            return result
        return -0.5 * ((events - self.excess) / self.sigma) ** 2


class Published(NamedTuple):
    """Points of a published contour: mass [MeV], lower and upper edge in epsilon (None where there is no upper one)."""

    source: str
    points: tuple[tuple[float, float, float | None], ...]


@dataclass(frozen=True)
class DumpExperiment:
    """A beam dump: its runs, statistic, and the number of events at the edge of its published contour.

    Runs of protons are by reading, ``published`` or ``physical``; those of electrons hold both.
    """

    name: str
    year: int
    electron_runs: tuple[ElectronDump, ...]
    proton_runs: Mapping[Threshold, tuple[ProtonDump, ...]]
    counting: Counting
    edge_events: float
    confidence: float
    source: str
    tag: str
    note: str
    published: Published


@dataclass(frozen=True)
class MissingEnergyExperiment:
    """A missing-energy search with its exposures (electrons on target) by data set."""

    name: str
    year: int
    search: MissingEnergy
    electrons: Mapping[int, float]
    efficiency: float
    counting: Counting
    edge_events: float
    confidence: float
    source: str
    tag: str
    note: str
    published: Published


@dataclass(frozen=True)
class PromptExperiment:
    """A resonance search, the coupling that produces U in it, and the decays it sees."""

    name: str
    year: int
    search: PromptSearch
    production: Production
    channels: tuple[VisibleChannel, ...]
    confidence: float
    source: str
    tag: str
    note: str


@dataclass(frozen=True)
class Record:
    """An experiment that is a formula: its numbers by name, and where they are from."""

    name: str
    year: int
    numbers: Mapping[str, float]
    confidence: float | None
    source: str
    tag: str
    note: str


@dataclass(frozen=True)
class Experiments:
    """Everything in ``data/kinetic_mixing_experiments.yaml``, by name."""

    electron_dumps: dict[str, DumpExperiment]
    proton_dumps: dict[str, DumpExperiment]
    missing_energy: dict[str, MissingEnergyExperiment]
    prompt: dict[str, PromptExperiment]
    records: dict[str, Record]

    @property
    def years(self) -> dict[str, int]:
        """Year of every experiment."""
        groups = (self.electron_dumps, self.proton_dumps, self.missing_energy, self.prompt, self.records)
        return {name: entry.year for group in groups for name, entry in group.items()}


@cache
def experiments() -> Experiments:
    """Read all experiments.

    Raises
    ------
    TypeError
        If an entry lacks a field or has an unknown one.
    """
    raw = yaml.safe_load((DATA / "kinetic_mixing_experiments.yaml").read_text(encoding="utf-8"))
    targets = {name: Target(name, **entry) for name, entry in raw["targets"].items()}
    records = {**raw["mono_photon"], **raw["electroweak"], **raw["astrophysics"]}
    return Experiments(
        electron_dumps={k: _electron_dump(k, v, targets) for k, v in raw["electron_dumps"].items()},
        proton_dumps={k: _proton_dump(k, v) for k, v in raw["proton_dumps"].items()},
        missing_energy={k: _missing_energy(k, v, targets) for k, v in raw["missing_energy"].items()},
        prompt={k: _prompt(k, v) for k, v in raw["prompt"].items()},
        records={k: _record(k, v) for k, v in records.items()},
    )


def _run_names(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{k + 1}" for k in range(count)]


def _electron_dump(name: str, entry: dict[str, Any], targets: Mapping[str, Target]) -> DumpExperiment:
    names = _run_names(name, len(entry["runs"]))
    runs = tuple(
        ElectronDump(name=key, **{**run, "target": targets[run["target"]]})
        for key, run in zip(names, entry["runs"], strict=True)
    )
    return DumpExperiment(name=name, electron_runs=runs, proton_runs={}, **_counted(entry, "runs"))


def _proton_dump(name: str, entry: dict[str, Any]) -> DumpExperiment:
    """``published`` of a run holds what its published reading has different."""
    names = _run_names(name, len(entry["runs"]))
    readings: dict[Threshold, list[ProtonDump]] = {"physical": [], "published": []}
    for key, fields in zip(names, entry["runs"], strict=True):
        own = {field: value for field, value in fields.items() if field != "published"}
        readings["physical"].append(ProtonDump(name=key, **own))
        readings["published"].append(ProtonDump(name=key, **{**own, **fields["published"]}))
    runs = {reading: tuple(built) for reading, built in readings.items()}
    return DumpExperiment(name=name, electron_runs=(), proton_runs=runs, **_counted(entry, "runs"))


def _missing_energy(name: str, entry: dict[str, Any], targets: Mapping[str, Target]) -> MissingEnergyExperiment:
    search = MissingEnergy(name=name, **{**entry["search"], "target": targets[entry["search"]["target"]]})
    return MissingEnergyExperiment(name=name, search=search, **_counted(entry, "search"))


def _counted(entry: dict[str, Any], own: str) -> dict[str, Any]:
    """Fields of an entry but its ``own``, statistic and published contour built; ``statistic`` becomes ``counting``."""
    fields = {key: value for key, value in entry.items() if key not in ("statistic", own)}
    points = tuple((m, low, high) for m, low, high in entry["published"]["points"])
    return {
        **fields,
        "counting": Counting(**entry["statistic"]),
        "published": Published(entry["published"]["source"], points),
    }


def _prompt(name: str, entry: dict[str, Any]) -> PromptExperiment:
    fields = dict(entry)
    momentum, flight = fields.pop("momentum_mev"), fields.pop("flight_m")
    if "dalitz_decays" in fields:
        low, high = fields.pop("mass_range_mev")
        masses = np.geomspace(low, high, _DALITZ_NODES)
        limits = pi0_dalitz_reach(masses, fields.pop("dalitz_decays"), fields.pop("safety"))
    else:
        masses, limits = np.array(fields.pop("mass_mev")), np.array(fields.pop("epsilon_90"))
    search = PromptSearch(name, tuple(masses.tolist()), tuple(limits.tolist()), momentum, flight)
    production, channels = fields.pop("production"), tuple(fields.pop("channels"))
    if production not in get_args(Production) or not set(channels) <= set(get_args(VisibleChannel)):
        raise TypeError(f"{name}: production {production!r} or channels {channels} unknown")
    return PromptExperiment(name=name, search=search, production=production, channels=channels, **fields)


def _record(name: str, entry: dict[str, Any]) -> Record:
    shared = ("year", "confidence", "source", "tag", "note")
    numbers = {key: float(value) for key, value in entry.items() if key not in shared}
    return Record(name=name, numbers=numbers, **{key: entry[key] for key in shared})
