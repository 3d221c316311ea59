"""Origins of artefacts that a test makes without a run, and changes of artefacts that leave their checksums right."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from workflow.inference.drawing.figure_files import save
from workflow.inference.writing.origin import Origin, read_json, sealed, write_json

ORIGIN = Origin("toy", "c" * 64, "d" * 64, "e" * 64, "0.1.0", {}, "x86_64 haswell")


def changed(path: Path, change: Callable[[dict[str, Any]], object], out: Path | None = None) -> Path:
    """Write a JSON file again, or as another file, after a change of its content."""
    record, origin = read_json(path)
    change(record)
    write_json(out or path, record, origin)
    return out or path


def reseal(path: Path) -> None:
    """Put the right checksum behind a file that was changed."""
    path.write_bytes(sealed(path.read_bytes()))


def draw_blanks(folder: Path, names: Iterable[str], origin: Origin) -> None:
    """Small empty figures of an origin."""
    for name in names:
        save(Figure(figsize=(0.1, 0.1)), folder, name, "", origin)
