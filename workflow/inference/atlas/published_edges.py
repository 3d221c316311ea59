"""Edges of every kinetic-mixing experiment, ours against the published ones."""

import csv
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from likelihoods import kinetic_mixing
from likelihoods.data.kinetic_mixing_experiments import Published, experiments
from model.physics.domain import VALID
from model.physics.hidden_sector.charges import dark_photon as dark_photon_couplings
from model.physics.prediction import Prediction
from model.physics.quantities import Array, DarkMatter, Spectrum
from model.physics.searches.dump_yields import DumpYields
from model.physics.surroundings import Surroundings
from workflow.inference.run.tables import DEFAULT_FOLDER, dump_table
from workflow.inference.writing.artefacts import atomic_text

Case = Literal["visible", "invisible"]

EPSILON_RANGE = (1e-9, 0.5)
_GRID = 1600  # points in ln epsilon for the search of an edge: linear interpolation is then good to 1e-4
_INVISIBLE_MASS_RATIO = 3.0  # m_U / m_DM where U decays to dark matter, as published limits have it
_VISIBLE_MASS_RATIO = 1.0
_DARK_COUPLING = 1.0
_LEVEL_90 = 0.5 * 1.645**2  # fall of ln L at the published 90 % point of a Gaussian search
_LEVEL_2_SIGMA = 2.0


@dataclass(frozen=True)
class Row:
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
    """A kinetically mixed U with Dirac dark matter that it can (m_U = 3 m_DM, g = 1) or cannot (m_U = m_DM) decay to.

    Parameters
    ----------
    m_u, epsilon : (n,) array
        Mass [MeV] and mixing.
    case : {"visible", "invisible"}
        Which of the two.
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
        Whose options hold.
    prediction : Prediction
        Valid points.
    names : tuple of str or None
        Experiments; all those in use if None.
    """
    known = experiments()
    signals = likelihood.signals(prediction)
    result = {}
    for name in names or likelihood.active:
        if name in known.electron_dumps or name in known.proton_dumps:
            dump = known.electron_dumps.get(name) or known.proton_dumps[name]
            ratio = signals.events(dump) / dump.edge_events
        elif name in known.missing_energy:
            search = known.missing_energy[name]
            ratio = signals.missing_energy_events(search) / search.edge_events
        else:
            unmixed = _without_mixing(prediction)
            start = likelihood.signals(unmixed).log_likelihood(name)
            ratio = (start - signals.log_likelihood(name)) / _level(name, likelihood.sn1987a_depth)
        result[name] = np.log(np.maximum(ratio, 1e-300))
    return result


def reproduction_rows(surroundings: Surroundings, tables_folder: Path = DEFAULT_FOLDER) -> tuple[Row, ...]:
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
    likelihood = kinetic_mixing.Likelihood(include="all", era="modern", threshold="published", na64_data=2019)
    surroundings = with_yields(surroundings, likelihood, tables_folder)
    known = experiments()
    rows = []
    for counted in (known.electron_dumps, known.proton_dumps, known.missing_energy):
        for name, experiment in counted.items():
            case: Case = "invisible" if name in known.missing_energy else "visible"
            rows += _rows(name, case, experiment.published, experiment.tag, likelihood, surroundings)
    for name, prompt in known.prompt.items():
        masses, limits = prompt.search.mass_mev, prompt.search.epsilon_90
        middle = len(masses) // 2
        points = tuple((masses[k], limits[k], None) for k in (0, middle, -1))
        rows += _rows(name, "visible", Published(prompt.source, points), prompt.tag, likelihood, surroundings)
    babar = known.records["babar_invisible"]
    flat = tuple((mass, babar.numbers["epsilon_90"], None) for mass in (10.0, 300.0))
    rows += _rows("babar_invisible", "invisible", Published(babar.source, flat), babar.tag, likelihood, surroundings)
    precision = Published("Hook, Izaguirre, Wacker 1006.0973, abstract", ((1000.0, 0.03, None),))
    rows += _rows("w_mass", "visible", precision, "A", likelihood, surroundings)
    return tuple(rows)


COLUMNS = (
    *(field.name for field in dataclasses.fields(Row)),
    "lower_ratio",
    "upper_ratio",
)


def write_reproduction(rows: tuple[Row, ...], out: Path) -> None:
    """Write the reproduction table as CSV; an edge that does not exist is an empty cell."""
    with atomic_text(out) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            values = (getattr(row, name) for name in COLUMNS)
            writer.writerow(["" if v is None else f"{v:.4g}" if isinstance(v, float) else v for v in values])


def with_yields(surroundings: Surroundings, likelihood: kinetic_mixing.Likelihood, tables_folder: Path) -> Surroundings:
    """The surroundings with the table of yields that a likelihood asks for."""
    settings = likelihood.dump_settings
    table: DumpYields | None = None if settings is None else dump_table(settings, tables_folder)
    return dataclasses.replace(surroundings, dump_yields=table)


def _rows(
    name: str,
    case: Case,
    published: Published,
    tag: str,
    likelihood: kinetic_mixing.Likelihood,
    surroundings: Surroundings,
) -> list[Row]:
    epsilon = np.geomspace(*EPSILON_RANGE, _GRID)
    rows = []
    for mass, lower_published, upper_published in published.points:
        prediction = dark_photon(np.full_like(epsilon, mass), epsilon, case, surroundings)
        level = exclusion_level(likelihood, prediction, (name,))[name]
        lower, upper = _edges(np.log(epsilon), level)
        rows.append(
            Row(
                experiment=name,
                mass_mev=mass,
                case=case,
                lower=lower,
                lower_published=lower_published,
                upper=upper if upper_published else None,
                upper_published=upper_published,
                source=published.source,
                tag=tag,
            )
        )
    return rows


def _edges(ln_epsilon: Array, level: Array) -> tuple[float | None, float | None]:
    """First rise through zero and last fall through it; None where the grid has none."""
    above = level > 0.0
    rises = np.flatnonzero(~above[:-1] & above[1:])
    falls = np.flatnonzero(above[:-1] & ~above[1:])

    def crossing(k: int) -> float:
        share = level[k] / (level[k] - level[k + 1])
        return float(np.exp(ln_epsilon[k] + share * (ln_epsilon[k + 1] - ln_epsilon[k])))

    return (
        crossing(int(rises[0])) if rises.size else None,
        crossing(int(falls[-1])) if falls.size else None,
    )


def _without_mixing(prediction: Prediction) -> Prediction:
    small = EPSILON_RANGE[0] * 1e-6
    g_dm = prediction.couplings.g_dm
    return dataclasses.replace(prediction, couplings=dark_photon_couplings(g_dm, np.full_like(g_dm, small)))


def _level(name: str, sn1987a_depth: float) -> float:
    if name == "sn1987a":
        return 0.5 * sn1987a_depth
    return _LEVEL_2_SIGMA if name in ("w_mass", "z_invisible") else _LEVEL_90


def _ratio(ours: float | None, published: float | None) -> float | None:
    return None if ours is None or published is None else ours / published
