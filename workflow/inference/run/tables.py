"""Expensive tables, which are computed from first principles once and stored under a name made from their content.

The file name of a table holds a digest of its settings and of the source of ``model/physics``. Nothing is downloaded, a
changed formula never uses an old table, and runs with the same settings use the same file.
"""

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from platformdirs import user_cache_path

import model.physics
from model.physics.early_universe.thermal_history import ThermalHistory, standard_thermal_history
from model.physics.galaxy import annuli, extent, smeared_annuli
from model.physics.galaxy.annuli import AnnulusSettings, RegionTable
from model.physics.galaxy.halo import Galaxy
from model.physics.galaxy.j_factor import JFactorTable, tabulate
from model.physics.galaxy.smeared_annuli import SmearedAnnulusTable
from model.physics.hidden_sector.sampling_coordinates import RidgeCorrection
from model.physics.nuisances import nuisances
from model.physics.searches import dump_yields
from model.physics.searches.dump_yields import DumpSettings, DumpYields
from model.physics.surroundings import NOTHING, Requirements, Surroundings
from workflow.inference.posterior import relic_ridge
from workflow.inference.posterior.contracts import Model
from workflow.inference.writing.origin import Origin, read_npz, require_same, write_npz

ROOT = Path(__file__).resolve().parents[3]
# A checkout keeps its tables where the rules of Snakemake look for them; an installed package has no folder of its own.
DEFAULT_FOLDER = (ROOT / "results" if (ROOT / "Snakefile").is_file() else user_cache_path("mevdm")) / "tables"

Table = TypeVar("Table")
FORM = "2"  # of the files; tables of an earlier form have other names

_HALO = (
    "constants.py",
    "units.py",
    "galaxy/halo.py",
    "galaxy/shells.py",
    "galaxy/halo_grid.py",
    "galaxy/_kernels/j_factor.py",
)
# The digest covers only the files that the table is computed from; an edit elsewhere in the physics keeps the table.
SOURCES = {
    "thermal_history": ("constants.py", "units.py", "early_universe/thermal_history.py"),
    "j_factors": (*_HALO, "galaxy/j_factor.py"),
    "annuli": (*_HALO, "galaxy/j_factor.py", "galaxy/annuli.py"),
    "smeared_annuli": (*_HALO, "galaxy/j_factor.py", "galaxy/annuli.py", "galaxy/smeared_annuli.py"),
    "extent": (*_HALO, "galaxy/j_factor.py", "galaxy/annuli.py", "galaxy/extent.py"),
    "dump_yields": (
        "constants.py",
        "units.py",
        "searches/bremsstrahlung.py",
        "searches/electron_dump.py",
        "searches/meson_decay.py",
        "searches/proton_dump.py",
        "searches/missing_energy.py",
        "searches/pion_spectra.py",
        "searches/dark_matter_scattering.py",
        "searches/dump_yields.py",
        "searches/_kernels/dark_photon_bremsstrahlung.py",
        "searches/_kernels/dark_photon_proton.py",
        "searches/_kernels/dark_photon_decay.py",
    ),
    "relic_ridge": (
        "constants.py",
        "units.py",
        "domain.py",
        "quantities.py",
        "prediction.py",
        "rational_approximation.py",
        "early_universe",
        "hidden_sector",
        "supersymmetry",
    ),
}


def surroundings(galaxy: Galaxy, folder: Path = DEFAULT_FOLDER, required: Requirements = NOTHING) -> Surroundings:
    """Load the tables of a run, computing and storing those that are not there.

    Parameters
    ----------
    galaxy : Galaxy
        Halo and aperture of the run.
    folder : Path
        Folder of the tables.
    required : Requirements
        The tables that the likelihoods of the run need.

    Returns
    -------
    Surroundings
    """
    return Surroundings(
        thermal_history=_load_or_build("thermal_history", {}, ThermalHistory, standard_thermal_history, folder),
        j_factors=_load_or_build(
            "j_factors", dataclasses.asdict(galaxy), JFactorTable, lambda: tabulate(galaxy), folder
        ),
        galaxy=galaxy,
        nuisances=nuisances(galaxy.profile),
        dump_yields=None if required.dump_yields is None else dump_table(required.dump_yields, folder),
        annuli=None if required.annuli is None else annulus_table(galaxy, required.annuli, folder),
        smeared_annuli=smeared_annulus_table(galaxy, required.smeared_annuli_fwhm_deg, folder),
        extent=None if required.extent is None else extent_table(galaxy, required.extent, folder),
    )


def annulus_table(galaxy: Galaxy, settings: AnnulusSettings, folder: Path = DEFAULT_FOLDER) -> RegionTable:
    """Load the J-factors of the annuli, computing and storing them if they are not there."""
    keyed = dataclasses.asdict(galaxy) | dataclasses.asdict(settings)
    return _load_or_build("annuli", keyed, RegionTable, lambda: annuli.tabulate(galaxy, settings), folder)


def smeared_annulus_table(
    galaxy: Galaxy, psf_fwhm_deg: float | None, folder: Path = DEFAULT_FOLDER
) -> SmearedAnnulusTable | None:
    """Load the J-factors of the annuli for any smearing, computing and storing them first; None if nobody asks."""
    if psf_fwhm_deg is None:
        return None
    keyed = dataclasses.asdict(galaxy) | {"psf_fwhm_deg": psf_fwhm_deg}
    return _load_or_build(
        "smeared_annuli", keyed, SmearedAnnulusTable, lambda: smeared_annuli.tabulate(galaxy, psf_fwhm_deg), folder
    )


def extent_table(galaxy: Galaxy, settings: AnnulusSettings, folder: Path = DEFAULT_FOLDER) -> RegionTable:
    """Load the surface brightness of the line, computing and storing it if it is not there."""
    keyed = dataclasses.asdict(galaxy) | dataclasses.asdict(settings)
    return _load_or_build("extent", keyed, RegionTable, lambda: extent.tabulate(galaxy, settings), folder)


def dump_table(settings: DumpSettings, folder: Path = DEFAULT_FOLDER) -> DumpYields:
    """Load the yields of beam dumps, computing and storing them if they are not there."""
    return _load_or_build(
        "dump_yields", dataclasses.asdict(settings), DumpYields, lambda: dump_yields.tabulate(settings), folder
    )


@dataclasses.dataclass(frozen=True)
class RelicRidgeTable:
    """The relic ridge of a model in a cosmology, which is computed when it is first loaded.

    Attributes
    ----------
    model : Model
    others : dict of str to float
        Values of the parameters that have a coordinate of their own.
    surroundings : Surroundings
        With the cosmology of the run.
    folder : Path
        Folder of the tables.
    """

    model: Model
    others: Mapping[str, float]
    surroundings: Surroundings
    folder: Path

    @property
    def _settings(self) -> dict[str, object]:
        """What it depends on besides the source of the physics."""
        kind = type(self.model)
        sources = (Path(inspect.getfile(kind)), Path(relic_ridge.__file__))
        return {
            "model": f"{kind.__module__}.{self.model!r}",
            "source": [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources],
            "others": {p.name: self.others[p.name] for p in self.model.parameters if p.name in self.others},
            "cosmology": dataclasses.asdict(self.surroundings.cosmology),
        }

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return self.folder / f"relic_ridge-{_digest('relic_ridge', self._settings)}.npz"

    def load(self) -> RidgeCorrection:
        """Load the table, computing and storing it if it is not there."""

        def build() -> RidgeCorrection:
            return relic_ridge.tabulate(self.model, self.others, self.surroundings)

        return _load_or_build("relic_ridge", self._settings, RidgeCorrection, build, self.folder)


def table_paths(galaxy: Galaxy, folder: Path = DEFAULT_FOLDER, required: Requirements = NOTHING) -> dict[str, Path]:
    """Paths of the tables of a run by kind, whether or not they exist."""
    settings: dict[str, dict[str, object]] = {"thermal_history": {}, "j_factors": dataclasses.asdict(galaxy)}
    if required.dump_yields is not None:
        settings["dump_yields"] = dataclasses.asdict(required.dump_yields)
    if required.annuli is not None:
        settings["annuli"] = dataclasses.asdict(galaxy) | dataclasses.asdict(required.annuli)
    if required.smeared_annuli_fwhm_deg is not None:
        settings["smeared_annuli"] = dataclasses.asdict(galaxy) | {"psf_fwhm_deg": required.smeared_annuli_fwhm_deg}
    if required.extent is not None:
        settings["extent"] = dataclasses.asdict(galaxy) | dataclasses.asdict(required.extent)
    return {kind: folder / f"{kind}-{_digest(kind, settings[kind])}.npz" for kind in settings}


def _digest(kind: str, settings: dict[str, object]) -> str:
    origin = _origin(kind, settings)
    return hashlib.sha256(f"{FORM}{origin.config}{origin.code}".encode()).hexdigest()[:16]


def _origin(kind: str, settings: dict[str, object]) -> Origin:
    physics = Path(next(iter(model.physics.__path__)))
    code = hashlib.sha256()
    for name in SOURCES[kind]:
        for path in sorted((physics / name).rglob("*.py")) or [physics / name]:
            code.update(path.read_bytes())
    return Origin(
        run=kind,
        config=hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest(),
        code=code.hexdigest(),
        data="",
        version=metadata.version("mevdm"),
        parents={},
        processor="",
    )


def _load_or_build(
    kind: str, settings: dict[str, object], table: type[Table], build: Callable[[], Table], folder: Path
) -> Table:
    path, origin = folder / f"{kind}-{_digest(kind, settings)}.npz", _origin(kind, settings)
    if not path.exists():
        built = build()
        arrays: dict[str, Any] = {name: np.asarray(value) for name, value in vars(built).items()}
        write_npz(path, arrays, origin)
    stored, found = read_npz(path)
    require_same(path, found, dataclasses.replace(origin, version=found.version), f"rm {path}")
    return table(**{name: array if array.ndim else array.item() for name, array in stored.items()})
