"""The kinds of experiments that bound the kinetic mixing, each a class with its likelihood and its published edge.

An entry of ``likelihoods/data/kinetic_mixing_experiments.yaml`` names its kind. An experiment of a kind that is here
needs its entry and nothing else. A new kind needs one class with the members of `Experiment`, decorated with
`experiment_kind`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self, TypeVar, get_args

import numpy as np

from likelihoods import _statistics
from likelihoods.data import kinetic_mixing_experiments
from likelihoods.data.eras import ERAS, Era
from likelihoods.data.kinetic_mixing_experiments import Entry, Published, Record, entries
from likelihoods.data.measurements import Measurement, measurements
from likelihoods.mixing.visible_boson import Production, VisibleBoson
from model.physics.confidence import ONE_SIDED_90
from model.physics.constants import E_CHARGE, SIN_THETA_W, Z_MASS
from model.physics.hidden_sector import u_decay
from model.physics.quantities import Array
from model.physics.searches import proton_dump, supernova_cooling
from model.physics.searches.dark_matter_scattering import ScatteringSearch
from model.physics.searches.electron_dump import ElectronDump, Reading
from model.physics.searches.missing_energy import MissingEnergy, mono_photon_reach
from model.physics.searches.prompt_search import PromptSearch
from model.physics.searches.proton_dump import ProtonDump

Case = Literal["visible", "invisible"]
VisibleChannel = Literal["electrons", "muons"]

FALL_AT_90 = 0.5 * ONE_SIDED_90**2  # fall of ln L at the published 90 % point of a Gaussian search
FALL_AT_TWO_SIGMA = 2.0


class Tabulated(NamedTuple):
    """Runs of an experiment whose yields the table of dump yields holds."""

    electron_dumps: tuple[ElectronDump, ...] = ()
    proton_dumps: tuple[ProtonDump, ...] = ()
    missing_energy: tuple[MissingEnergy, ...] = ()
    scattering: tuple[ScatteringSearch, ...] = ()


class Experiment(Protocol):
    """What an experiment of every kind offers."""

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry of the file."""

    @property
    def record(self) -> Record:
        """What every experiment states."""

    @property
    def case(self) -> Case:
        """Decays of U that the published exclusion assumes."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The members of the prediction that its likelihood reads."""

    def tabulated(self, reading: Reading) -> Tabulated:
        """Runs that need the table of yields, in a reading of the beam dumps."""

    def log_likelihood(self, u: VisibleBoson) -> Array:
        """Log-likelihood at each of n points, shape (n,); 0 is a perfect fit."""

    def signal_over_edge(self, u: VisibleBoson) -> Array:
        """Signal of a dark photon over that at the edge of the published exclusion [1], shape (n,)."""


KINDS: dict[str, type[Experiment]] = {}
_Class = TypeVar("_Class", bound=type[Any])


def experiment_kind(name: str) -> Callable[[_Class], _Class]:
    """Decorate the class of experiments that an entry calls ``kind: name``."""

    def register(experiment: _Class) -> _Class:
        KINDS[name] = experiment
        return experiment

    return register


def all_experiments() -> Mapping[str, Experiment]:
    """Every experiment by name, in the order of the file.

    Raises
    ------
    TypeError
        If an entry lacks a field of its kind or has an unknown one.
    ValueError
        If a kind is unknown.
    """
    return _read(kinetic_mixing_experiments.FILE)


@cache
def _read(file: Path) -> Mapping[str, Experiment]:
    experiments = {}
    for entry in entries(file):
        record = entry.record
        if record.kind not in KINDS:
            raise ValueError(f"{file.name}: {record.name}.kind: {record.kind!r}; allowed: {', '.join(KINDS)}")
        experiments[record.name] = KINDS[record.kind].of(entry)
    return experiments


@dataclass(frozen=True)
class Counting:
    """Log-likelihood of an expected number of signal events; 0 is a perfect fit.

    Attributes
    ----------
    kind : {"poisson", "gaussian", "half_gaussian"}
        ``poisson``: observed n on background b. ``gaussian``: a measured excess with its error. ``half_gaussian``: no
        excess, with the error of the count.
    observed, background, excess, sigma : float
        The numbers that the kind needs.
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


class _Counts(Protocol):
    """What the two members that counting experiments share need of one."""

    @property
    def counting(self) -> Counting:
        """Statistic of the number of events."""

    @property
    def edge_events(self) -> float:
        """Expected events at the edge of the published exclusion."""

    def events(self, u: VisibleBoson) -> Array:
        """Expected signal, shape (n,)."""


# Members that several kinds share. A class takes one by its name, as it would define a method.


def _nothing_tabulated(_experiment: Experiment, _: Reading) -> Tabulated:
    """Nothing is tabulated."""
    return Tabulated()


def _of_events(experiment: _Counts, u: VisibleBoson) -> Array:
    """Log-likelihood of the expected events, shape (n,)."""
    return experiment.counting.log_likelihood(experiment.events(u))


def _events_over_edge(experiment: _Counts, u: VisibleBoson) -> Array:
    """Expected events over those at the published edge [1], shape (n,)."""
    return experiment.events(u) / experiment.edge_events


def _fall(experiment: Experiment, u: VisibleBoson) -> Array:
    """Fall of ln L below its value without mixing, shape (n,)."""
    return experiment.log_likelihood(u.unmixed) - experiment.log_likelihood(u)


def _fall_over_90(experiment: Experiment, u: VisibleBoson) -> Array:
    """Fall of ln L over that at the 90 % limit [1], shape (n,)."""
    return _fall(experiment, u) / FALL_AT_90


def _fall_over_two_sigma(experiment: Experiment, u: VisibleBoson) -> Array:
    """Fall of ln L over that at two standard deviations [1], shape (n,)."""
    return _fall(experiment, u) / FALL_AT_TWO_SIGMA


@experiment_kind("electron_dump")
@dataclass(frozen=True)
class ElectronDumpExperiment:
    """An electron beam dump: its runs, its statistic and the number of events at the edge of its published contour."""

    log_likelihood = _of_events
    signal_over_edge = _events_over_edge
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths", "surroundings")
    record: Record
    runs: tuple[ElectronDump, ...]
    counting: Counting
    edge_events: float
    case: Case = "visible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry; the runs are named after it."""
        fields = dict(entry.fields)
        runs = fields.pop("runs")
        names = _run_names(entry.record.name, len(runs))
        built = tuple(ElectronDump(name=name, **run) for name, run in zip(names, runs, strict=True))
        return cls(record=entry.record, runs=built, counting=Counting(**fields.pop("statistic")), **fields)

    def tabulated(self, _: Reading) -> Tabulated:
        """The runs, which hold both readings."""
        return Tabulated(electron_dumps=self.runs)

    def events(self, u: VisibleBoson) -> Array:
        """Expected signal, shape (n,)."""
        total = np.zeros_like(u.m_u)
        for run in self.runs:
            total += u.electron_strength * u.branching["electrons"] * u.decay_yields[run.name]
        return total


@experiment_kind("proton_dump")
@dataclass(frozen=True)
class ProtonDumpExperiment:
    """A proton beam dump, whose runs have different numbers in the published and the physical reading."""

    log_likelihood = _of_events
    signal_over_edge = _events_over_edge
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths", "surroundings")
    record: Record
    runs: Mapping[Reading, tuple[ProtonDump, ...]]
    counting: Counting
    edge_events: float
    case: Case = "visible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry; ``published`` of a run are the numbers of its published reading that differ."""
        fields = dict(entry.fields)
        raw = fields.pop("runs")
        names = _run_names(entry.record.name, len(raw))
        runs: dict[Reading, list[ProtonDump]] = {"physical": [], "published": []}
        for name, numbers in zip(names, raw, strict=True):
            physical = {key: value for key, value in numbers.items() if key != "published"}
            runs["physical"].append(ProtonDump(name=name, **physical))
            runs["published"].append(ProtonDump(name=name, **{**physical, **numbers["published"]}))
        return cls(
            record=entry.record,
            runs={key: tuple(built) for key, built in runs.items()},
            counting=Counting(**fields.pop("statistic")),
            **fields,
        )

    def tabulated(self, reading: Reading) -> Tabulated:
        """The runs of the reading."""
        return Tabulated(proton_dumps=self.runs[reading])

    def events(self, u: VisibleBoson) -> Array:
        """Expected signal, shape (n,)."""
        total = np.zeros_like(u.m_u)
        for run in self.runs[u.options.reading]:
            seen = run.electron_efficiency * u.branching["electrons"] + run.muon_efficiency * u.branching["muons"]
            for channel in proton_dump.CHANNELS:
                produced = u.produced_by_protons(channel, run.form_factors)
                total += seen * produced * u.decay_yields[f"{run.name}.{channel}"]
        return total


@experiment_kind("missing_energy")
@dataclass(frozen=True)
class MissingEnergyExperiment:
    """A missing-energy search with its exposures (electrons on target) by data set."""

    log_likelihood = _of_events
    signal_over_edge = _events_over_edge
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths", "surroundings")
    record: Record
    search: MissingEnergy
    electrons: Mapping[int, float]
    efficiency: float
    counting: Counting
    edge_events: float
    case: Case = "invisible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry."""
        fields = dict(entry.fields)
        search = MissingEnergy(name=entry.record.name, **fields.pop("search"))
        return cls(record=entry.record, search=search, counting=Counting(**fields.pop("statistic")), **fields)

    def tabulated(self, _: Reading) -> Tabulated:
        """The search, whose yield has one reading."""
        return Tabulated(missing_energy=(self.search,))

    def events(self, u: VisibleBoson) -> Array:
        """Expected signal, shape (n,)."""
        exposure = self.electrons[u.options.na64_data] * self.efficiency
        return exposure * u.electron_strength * u.branching["invisible"] * u.missing_energy_yields[self.search.name]


@experiment_kind("dark_matter_scattering")
@dataclass(frozen=True)
class DarkMatterScatteringExperiment:
    """Dark matter from decays of U that scatters off electrons of a detector, summed over the ways of producing U."""

    log_likelihood = _of_events
    signal_over_edge = _events_over_edge
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths", "dark_matter", "surroundings")
    record: Record
    searches: tuple[ScatteringSearch, ...]
    efficiency: float
    counting: Counting
    edge_events: float
    case: Case = "invisible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry; its searches are named after it."""
        fields = dict(entry.fields)
        raw = fields.pop("searches")
        names = _run_names(entry.record.name, len(raw))
        searches = tuple(
            ScatteringSearch(name=name, **{**numbers, "recoil_mev": tuple(numbers["recoil_mev"])})
            for name, numbers in zip(names, raw, strict=True)
        )
        return cls(record=entry.record, searches=searches, counting=Counting(**fields.pop("statistic")), **fields)

    def tabulated(self, _: Reading) -> Tabulated:
        """The searches, which have one reading."""
        return Tabulated(scattering=self.searches)

    def events(self, u: VisibleBoson) -> Array:
        """Expected signal, shape (n,)."""
        widths, couplings = u.prediction.widths, u.prediction.couplings
        scattering = (couplings.g_dm * E_CHARGE) ** 2 * u.electron_strength * widths.dark_matter / widths.total
        total = np.zeros_like(u.m_u)
        for search in self.searches:
            if search.parent == "electron":
                produced = u.electron_strength
            else:
                produced = u.produced_by_protons(search.parent, True)
            total += self.efficiency * produced * scattering * u.scattering_yields[search.name]
        return total


@experiment_kind("invisible_resonance")
@dataclass(frozen=True)
class InvisibleResonanceExperiment:
    """A bump in the missing mass beside a photon: U from electrons or from pi0, with limits at given masses."""

    tabulated = _nothing_tabulated
    signal_over_edge = _fall_over_90
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths")
    record: Record
    search: PromptSearch
    production: Production
    case: Case = "invisible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry; the limit is compared at the ends and in the middle of its range."""
        fields = dict(entry.fields)
        masses, limits = tuple(fields.pop("mass_mev")), tuple(fields.pop("epsilon_90"))
        search = PromptSearch(entry.record.name, masses, limits, momentum_mev=1.0, flight_m=math.inf)
        return cls(_with_points(entry.record, _ends_and_middle(search)), search, **fields)

    def log_likelihood(self, u: VisibleBoson) -> Array:
        """Gaussian in coupling^2 x BR whose 90 % point is the published limit, shape (n,)."""
        signal = u.produced(self.production) * u.branching["invisible"]
        return -0.5 * (signal * self.search.inverse_sigma(u.m_u)) ** 2


@experiment_kind("mono_photon")
@dataclass(frozen=True)
class MonoPhotonExperiment:
    """e+ e- -> gamma U with an invisible U: a limit on epsilon that is flat up to the end of the search window.

    Attributes
    ----------
    record : Record
        What every experiment states.
    epsilon_90 : float
        Published 90 % limit.
    largest_mass_mev : float
        End of the search window [MeV].
    """

    tabulated = _nothing_tabulated
    signal_over_edge = _fall_over_90
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths")
    record: Record
    epsilon_90: float
    largest_mass_mev: float
    case: Case = "invisible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry; the flat limit is compared at the masses ``compared_at_mev``."""
        fields = dict(entry.fields)
        points = tuple((mass, fields["epsilon_90"], None) for mass in fields.pop("compared_at_mev"))
        return cls(record=_with_points(entry.record, points), **fields)

    def log_likelihood(self, u: VisibleBoson) -> Array:
        """Gaussian in the squared coupling whose 90 % point is the published limit, shape (n,)."""
        reach = mono_photon_reach(u.m_u, self.largest_mass_mev)
        sigma = self.epsilon_90**2 / ONE_SIDED_90
        return -0.5 * (u.electron_strength * u.branching["invisible"] * reach / sigma) ** 2


@experiment_kind("prompt_resonance")
@dataclass(frozen=True)
class PromptExperiment:
    """A resonance search, the coupling that produces U in it, and the decays that it sees."""

    tabulated = _nothing_tabulated
    signal_over_edge = _fall_over_90
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths")
    record: Record
    search: PromptSearch
    production: Production
    channels: tuple[VisibleChannel, ...]
    case: Case = "visible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry; the limit is compared at the ends and in the middle of its range."""
        fields = dict(entry.fields)
        momentum, flight = fields.pop("momentum_mev"), fields.pop("flight_m")
        masses, limits = tuple(fields.pop("mass_mev")), tuple(fields.pop("epsilon_90"))
        search = PromptSearch(entry.record.name, masses, limits, momentum, flight)
        production, channels = fields.pop("production"), tuple(fields.pop("channels"))
        if production not in get_args(Production) or not set(channels) <= set(get_args(VisibleChannel)):
            raise TypeError(f"{entry.record.name}: production {production!r} or channels {channels} unknown")
        return cls(_with_points(entry.record, _ends_and_middle(search)), search, production, channels, **fields)

    def log_likelihood(self, u: VisibleBoson) -> Array:
        """Gaussian in coupling^2 x BR, times the fraction of prompt decays, shape (n,)."""
        seen = self._seen(u.branching) / self._seen(u.dark_photon_branching)
        prompt = self.search.prompt_fraction(u.m_u, u.prediction.widths.total)
        return -0.5 * (u.produced(self.production) * seen * prompt * self.search.inverse_sigma(u.m_u)) ** 2

    def _seen(self, branching: Mapping[str, Array]) -> Array:
        first, *rest = (branching[channel] for channel in self.channels)
        return sum(rest, first)


@experiment_kind("w_mass")
@dataclass(frozen=True)
class WMassExperiment:
    """The mass of the W, which the mixing lowers at fixed alpha, G_F and m_Z."""

    tabulated = _nothing_tabulated
    signal_over_edge = _fall_over_two_sigma
    needs: ClassVar[tuple[str, ...]] = ("m_w_gev",)
    record: Record
    data: Mapping[Era, Measurement]
    case: Case = "visible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry, which names its datum; each era has its own."""
        data = {era: measurements()[f"{entry.record.measurement}_{era}"] for era in ERAS}
        return cls(record=entry.record, data=data, **entry.fields)

    def log_likelihood(self, u: VisibleBoson) -> Array:
        """Gaussian in m_W, shape (n,)."""
        datum = self.data[u.options.w_mass_era]
        return _statistics.gaussian(u.prediction.m_w_gev, datum.value, datum.sigma)


@experiment_kind("z_invisible")
@dataclass(frozen=True)
class ZInvisibleExperiment:
    """Z to dark matter through the mixing, whose coupling is chi sin(theta_W) g_dm; the limit is on its width [MeV]."""

    tabulated = _nothing_tabulated
    signal_over_edge = _fall_over_two_sigma
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "dark_matter", "mixing_with_hypercharge")
    record: Record
    limit_95_mev: float
    case: Case = "invisible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry."""
        return cls(record=entry.record, **entry.fields)

    def log_likelihood(self, u: VisibleBoson) -> Array:
        """Gaussian in the new width of the Z whose 95 % point is the limit (docs/physics/kinetic_mixing.md 6), (n,)."""
        prediction = u.prediction
        g_dm = prediction.mixing_with_hypercharge * SIN_THETA_W * prediction.couplings.g_dm
        width = u_decay.width_to_dark_matter(
            np.full_like(g_dm, Z_MASS), prediction.spectrum.m_dm, g_dm, prediction.dark_matter
        )
        return _statistics.upper_limit(width, self.limit_95_mev, 0.95)


@experiment_kind("supernova")
@dataclass(frozen=True)
class SupernovaExperiment:
    """Cooling of a supernova: a soft band that fades where U decays to dark matter."""

    tabulated = _nothing_tabulated
    needs: ClassVar[tuple[str, ...]] = ("spectrum", "couplings", "widths")
    record: Record
    case: Case = "visible"

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The experiment of an entry."""
        return cls(record=entry.record, **entry.fields)

    def log_likelihood(self, u: VisibleBoson) -> Array:
        """Minus the depth of the band times the membership of the point, shape (n,)."""
        # Decays to neutrinos cool the star as U itself does. Decays to dark matter are left out: it may be trapped.
        visible = 1.0 - u.prediction.widths.dark_matter / u.prediction.widths.total
        membership = supernova_cooling.band_membership(u.m_u, np.sqrt(u.electron_strength))
        return -u.options.sn1987a_depth * visible * membership

    def signal_over_edge(self, u: VisibleBoson) -> Array:
        """Fall of ln L over half of the depth [1], shape (n,)."""
        return _fall(self, u) / (0.5 * u.options.sn1987a_depth)


def _run_names(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{k + 1}" for k in range(count)]


def _ends_and_middle(search: PromptSearch) -> tuple[tuple[float, float, None], ...]:
    """Three nodes of a limit, for the reproduction table."""
    return tuple((search.mass_mev[k], search.epsilon_90[k], None) for k in (0, len(search.mass_mev) // 2, -1))


def _with_points(record: Record, points: tuple[tuple[float, float | None, float | None], ...]) -> Record:
    """The record of an experiment that is compared with the limit it was built on."""
    return replace(record, published=Published(record.source, points))
