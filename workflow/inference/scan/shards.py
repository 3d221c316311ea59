"""Evaluation of a scan in shards, each a Parquet file that appears once it is complete."""

import functools
import hashlib
import itertools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workflow.inference.posterior.evaluation import evaluate
from workflow.inference.run.assembly import ColumnPosterior, posterior_of_columns
from workflow.inference.run.config import Config
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.parquet import ParquetWriter, metadata
from workflow.inference.run.provenance import ROOT, posterior_identity
from workflow.inference.sampling.workers import workers
from workflow.inference.scan import design
from workflow.inference.writing.artefacts import atomic

_SHAPING = ("posterior/observables.py", "posterior/evaluation.py", "posterior/columns.py", "scan/design.py")


def path_of(folder: Path, shard: int) -> Path:
    """The file of a shard."""
    return folder / f"shard_{shard}.parquet"


def identity(config: Config) -> str:
    """Digest of everything that shapes the table of a scan: the posterior, the points, the columns, and their code."""
    options = design.options_of(config)
    shaping = options.model_dump(mode="json", exclude={"maps", "bins"})
    digest = hashlib.sha256(json.dumps([posterior_identity(config), shaping], sort_keys=True).encode())
    for name in _SHAPING:
        digest.update((ROOT / "workflow" / "inference" / name).read_bytes())
    if options.file is not None:
        digest.update(Path(options.file).read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Evaluator:
    """What a process holds to evaluate shards: the config, the posterior and the columns.

    Attributes
    ----------
    config : Config
    tables : Path or None
        Folder of the tables.
    folder : Path
        Folder of the shards.
    """

    config: Config
    tables: Path | None
    folder: Path

    @cached_property
    def identity(self) -> str:
        """Digest of the scan."""
        return identity(self.config)

    @cached_property
    def evaluated(self) -> ColumnPosterior:
        """The posterior and the columns.

        Raises
        ------
        ConfigError
            If a map is of a column that the scan does not write, which would be found only after all shards.
        """
        options = design.options_of(self.config)
        found = posterior_of_columns(self.config, self.tables, options.columns)
        for name in itertools.chain(*options.maps):
            if name not in found.columns:
                raise ConfigError(f"scan.maps: {name} is no column of the scan; allowed: those of scan.columns")
        return found


def write_shard(evaluator: Evaluator, tick: Callable[[int], None], shard: int) -> None:
    """Evaluate the points of a shard and write them."""
    config, (posterior, columns) = evaluator.config, evaluator.evaluated
    extra = {
        "identity": evaluator.identity,
        "scan": design.options_of(config).model_dump_json(exclude={"maps", "bins"}),
        "shard": str(shard),
    }
    with atomic(path_of(evaluator.folder, shard)) as temporary:
        writer = ParquetWriter(temporary, config, columns, extra)
        for values in design.blocks(config, design.blocks_of_shard(config, shard)):
            writer.write(evaluate(posterior, values, columns))
            tick(len(next(iter(values.values()))))
        writer.close()


def run_shards(config: Config, tables: Path | None, folder: Path, cores: int) -> int:
    """Evaluate the shards of a scan that are not there, and return how many those were.

    Parameters
    ----------
    config : Config
        The run.
    tables : Path or None
        Folder of the tables; None for the usual one.
    folder : Path
        Folder of the shards.
    cores : int
        Processes.

    Raises
    ------
    ConfigError
        If the folder has shards of another scan, or the section ``scan`` is wrong.
    """
    evaluator = Evaluator(config, tables, folder)
    shards = design.options_of(config).shards
    missing = [shard for shard in range(shards) if not _done(evaluator, shard)]
    rest = [path for path in folder.glob("shard_*.parquet") if path not in {path_of(folder, k) for k in range(shards)}]
    if rest:
        raise ConfigError(f"{rest[0]}: is no shard of this scan, which has {shards}; allowed: another --out")
    if not missing:
        return 0
    # A wrong column is an error, and tables are made, before processes start.
    posterior_of_columns(config, tables, design.options_of(config).columns)
    points = math.fsum(len(design.blocks_of_shard(config, shard)) for shard in missing) * design.BLOCK
    with workers(functools.partial(Evaluator, config, tables, folder), min(cores, len(missing))) as submit:
        submit(write_shard, [(shard,) for shard in missing], f"{config.run} scan", int(points))
    return len(missing)


def _done(evaluator: Evaluator, shard: int) -> bool:
    path = path_of(evaluator.folder, shard)
    if not path.exists():
        return False
    require_identity(path, evaluator.identity)
    return True


def require_identity(path: Path, expected: str) -> None:
    """Refuse a shard of another scan.

    Raises
    ------
    ConfigError
        If it is one, or cannot be read.
    """
    if metadata(path).get("identity") != expected:
        raise ConfigError(f"{path}: belongs to another scan or another version; allowed: another folder, or remove it")
