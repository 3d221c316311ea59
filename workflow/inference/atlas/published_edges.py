"""Edges of the exclusion of every kinetic-mixing experiment, ours beside the published ones."""

import csv
import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likelihoods import kinetic_mixing
from likelihoods.mixing.experiments import Case, Experiment, all_experiments
from model.physics.domain import VALID
from model.physics.galaxy.halo import Galaxy
from model.physics.hidden_sector.charges import dark_photon as dark_photon_couplings
from model.physics.prediction import Prediction
from model.physics.quantities import Array, DarkMatter, Spectrum
from model.physics.searches.dump_yields import DumpYields
from model.physics.surroundings import Surroundings
from workflow.inference.run.tables import DEFAULT_FOLDER, dump_table
from workflow.inference.run.tables import surroundings as make_surroundings
from workflow.inference.writing.artefacts import atomic_text

EPSILON_RANGE = (1e-9, 0.5)
_GRID = 1600  # points in ln epsilon for the search of an edge: linear interpolation is then good to 1e-4
_INVISIBLE_MASS_RATIO = 3.0  # m_U / m_DM where U decays to dark matter, the convention of published limits
_VISIBLE_MASS_RATIO = 1.0
_DARK_COUPLING = 1.0


@dataclass(frozen=True)
class EdgeRow:
    """One line of the reproduction table; edges in epsilon, None where there is none to compare."""

    experiment: str
    mass_mev: float
    case: Case
    lower: float | None
    lower_published: float | None
    upper: float | None
    upper_published: float | None
    source: str
    tag: str

    @property
    def lower_ratio(self) -> float | None:
        """Our lower edge over the published one."""
        return _ratio(self.lower, self.lower_published)

    @property
    def upper_ratio(self) -> float | None:
        """Our upper edge over the published one."""
        return _ratio(self.upper, self.upper_published)


def dark_photon(m_u: Array, epsilon: Array, case: Case, surroundings: Surroundings) -> Prediction:
    """A kinetically mixed U that couples to Dirac dark matter with g = 1 and decays to it, or is too light to do so.

    Parameters
    ----------
    m_u, epsilon : (n,) array
        Mass [MeV] and mixing.
    case : {"visible", "invisible"}
        Whether U is too light to decay to dark matter (m_U = m_DM) or decays to it (m_U = 3 m_DM).
    surroundings : Surroundings
        With the table of dump yields.
    """
    m_dm = m_u / (_INVISIBLE_MASS_RATIO if case == "invisible" else _VISIBLE_MASS_RATIO)
    undefined = np.full_like(m_u, np.nan)
    return Prediction(
        values={},
        reason=np.full(m_u.shape, VALID, dtype=np.int8),
        dark_matter=DarkMatter.DIRAC,
        spectrum=Spectrum(m_dm=m_dm, m_u=m_u, m_rad=undefined, m_scalar=undefined),
        couplings=dark_photon_couplings(np.full_like(m_u, _DARK_COUPLING), epsilon),
        surroundings=surroundings,
    )


def exclusion_level(
    likelihood: kinetic_mixing.Likelihood, prediction: Prediction, names: tuple[str, ...] | None = None
) -> dict[str, Array]:
    """Logarithm of how far each experiment is beyond its own edge, each (n,): positive where it excludes.

    Counting experiments compare the expected events with those at the published edge; the others the fall of ln L below
    its value at small mixing with that of a 90 % limit, or of two standard deviations for the electroweak ones and the
    soft band of SN1987A (half its depth).

    Parameters
    ----------
    likelihood : Likelihood
        The likelihood whose options apply.
    prediction : Prediction
        Valid points.
    names : tuple of str or None
        Experiments; all those in use if None.
    """
    u = likelihood.visible_boson(prediction)
    ratios = {name: all_experiments()[name].signal_over_edge(u) for name in names or likelihood.active}
    return {name: np.log(np.maximum(ratio, 1e-300)) for name, ratio in ratios.items()}


def reproduction_rows(surroundings: Surroundings, tables_folder: Path = DEFAULT_FOLDER) -> tuple[EdgeRow, ...]:
    """The reproduction table: every experiment that has published edges, in the reading that was published.

    Electron dumps in their ``published`` reading, NA64 with its 2019 data, prompt searches at the ends and the middle
    of their range.

    Parameters
    ----------
    surroundings : Surroundings
        Those of any run; the table of yields is replaced.
    tables_folder : Path
        Where tables are kept.
    """
    likelihood = _as_published()
    surroundings = with_yields(surroundings, likelihood, tables_folder)
    experiments = (all_experiments()[name] for name in likelihood.active)
    return tuple(row for experiment in experiments for row in _rows(experiment, likelihood, surroundings))


COLUMNS = (
    *(field.name for field in dataclasses.fields(EdgeRow)),
    "lower_ratio",
    "upper_ratio",
)


def write_reproduction(rows: tuple[EdgeRow, ...], out: Path) -> None:
    """Write the reproduction table as CSV; an edge that does not exist is an empty cell."""
    with atomic_text(out) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            values = (getattr(row, name) for name in COLUMNS)
            writer.writerow(["" if v is None else f"{v:.4g}" if isinstance(v, float) else v for v in values])


def write_table(out: Path, tables_folder: Path) -> None:
    """Compute the reproduction table, which does not depend on the halo, and write it."""
    write_reproduction(reproduction_rows(make_surroundings(Galaxy(), tables_folder), tables_folder), out)


def with_yields(surroundings: Surroundings, likelihood: kinetic_mixing.Likelihood, tables_folder: Path) -> Surroundings:
    """The surroundings with the table of yields that a likelihood requires."""
    settings = likelihood.dump_settings
    table: DumpYields | None = None if settings is None else dump_table(settings, tables_folder)
    return dataclasses.replace(surroundings, dump_yields=table)


def _as_published() -> kinetic_mixing.Likelihood:
    """Every experiment in its published reading; an option that no experiment of the data reads has its default."""
    everything = kinetic_mixing.Likelihood(include="all", era="modern")
    return dataclasses.replace(
        everything,
        reading=everything.reading if "reading" in everything.unread else "published",
        na64_data=everything.na64_data if "na64_data" in everything.unread else 2019,
    )


def _rows(experiment: Experiment, likelihood: kinetic_mixing.Likelihood, surroundings: Surroundings) -> list[EdgeRow]:
    """Rows of one experiment; none if it has no published exclusion."""
    record, published = experiment.record, experiment.record.published
    if published is None:
        return []
    epsilon = np.geomspace(*EPSILON_RANGE, _GRID)
    rows = []
    for mass, lower_published, upper_published in published.points:
        prediction = dark_photon(np.full_like(epsilon, mass), epsilon, experiment.case, surroundings)
        level = exclusion_level(likelihood, prediction, (record.name,))[record.name]
        lower, upper = _edges(np.log(epsilon), level)
        rows.append(
            EdgeRow(
                experiment=record.name,
                mass_mev=mass,
                case=experiment.case,
                lower=lower if lower_published else None,
                lower_published=lower_published,
                upper=upper if upper_published else None,
                upper_published=upper_published,
                source=published.source,
                tag=published.tag or record.tag,
            )
        )
    return rows


def _edges(ln_epsilon: Array, level: Array) -> tuple[float | None, float | None]:
    """First rise through zero and last fall through it; None where the grid has none."""
    above = level > 0.0
    rises = np.flatnonzero(~above[:-1] & above[1:])
    falls = np.flatnonzero(above[:-1] & ~above[1:])

    def crossing(k: int) -> float:
        fraction = level[k] / (level[k] - level[k + 1])
        return float(np.exp(ln_epsilon[k] + fraction * (ln_epsilon[k + 1] - ln_epsilon[k])))

    return (
        crossing(int(rises[0])) if rises.size else None,
        crossing(int(falls[-1])) if falls.size else None,
    )


def _ratio(ours: float | None, published: float | None) -> float | None:
    return None if ours is None or published is None else ours / published
