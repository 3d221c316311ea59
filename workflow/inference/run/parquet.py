"""Tables of points as Parquet, which say what each column is and where the table comes from.

Every field has the metadata ``units``, ``symbol`` and ``long_name``, and the schema has ``provenance`` and ``config``;
``pyarrow.parquet.read_schema`` shows them. Quantities that do not exist are NaN. The same table gives the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from workflow.inference.posterior.columns import descriptions
from workflow.inference.posterior.evaluation import REASON, VALID, Evaluation
from workflow.inference.run.config import Config
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.provenance import provenance

ROW_GROUP = 16384  # rows that are compressed together, and the memory of the writer


class ParquetWriter:
    """Writer of evaluations that all have the same columns.

    Parameters
    ----------
    path : Path
        The file, which is overwritten.
    config : Config
        The run.
    columns : sequence of str
        The columns in order, of numbers or ``valid`` or ``reason``.
    extra : mapping of str to str
        More metadata of the schema.
    """

    def __init__(
        self, path: Path, config: Config, columns: Sequence[str], extra: Mapping[str, str] | None = None
    ) -> None:
        metadata = {"provenance": json.dumps(provenance(config)), "config": config.text, **(extra or {})}
        known = descriptions(config.parameters)
        fields = [pa.field(name, _type(name), metadata=known.get(name, {"units": "1"})) for name in columns]
        self._schema = pa.schema(fields, metadata=metadata)
        self._file = pq.ParquetWriter(
            path, self._schema, compression="zstd", use_dictionary=[name for name in columns if name == REASON]
        )
        self._waiting: list[pa.RecordBatch] = []

    def write(self, evaluation: Evaluation) -> None:
        """Add points."""
        found = dict(evaluation.columns) | {VALID: evaluation.valid, REASON: np.array(evaluation.reason, dtype=object)}
        arrays = [pa.array(found[name], type=_type(name), from_pandas=False) for name in self._schema.names]
        self._waiting.append(pa.record_batch(arrays, schema=self._schema))
        if sum(batch.num_rows for batch in self._waiting) >= ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Finish the file."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        table = pa.Table.from_batches(self._waiting, schema=self._schema).combine_chunks()
        self._file.write_table(table, row_group_size=max(table.num_rows, 1))
        self._waiting = []


def _type(name: str) -> pa.DataType:
    return {VALID: pa.bool_(), REASON: pa.string()}.get(name, pa.float64())


def metadata(path: Path) -> dict[str, str]:
    """Metadata of the schema of a file.

    Raises
    ------
    ConfigError
        If it cannot be read as Parquet.
    """
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid) as error:  # a folder, a file without rights, or a damaged one
        words = " ".join(str(error).split())
        raise ConfigError(f"{path}: cannot be read as Parquet ({words}); allowed: remove it") from None
    return {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
