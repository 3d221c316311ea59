"""Make a finished run again from its own record, in a temporary folder, and compare the bytes of every file."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workflow.inference.command.export_steps import results_folder
from workflow.inference.run.errors import ConfigError

DIFFERENT = 1  # exit code
SHOWN = 5  # differences that are named of each file


def reproduce(options: argparse.Namespace) -> int:
    """Run the steps of a run again and compare; 0 if every file has the same bytes, 1 if one differs."""
    from workflow.inference.command.parser import main
    from workflow.inference.estimates import posterior_file
    from workflow.inference.run.config import load
    from workflow.inference.run.provenance import origin_of

    folder = results_folder(options.run)
    path = folder / "posterior.nc"
    if not path.is_file():
        raise ConfigError(f"{path}: is missing, and is the record of a run; run `snakemake {folder}/report.html` first")
    file = posterior_file.read(path)
    with tempfile.TemporaryDirectory(prefix="mevdm-reproduce-") as temporary:
        config = Path(temporary) / f"{file.run}.yaml"
        config.write_text(file.config, encoding="utf-8")
        ours = origin_of(load(config))
        for field in ("config", "code", "data", "version", "processor"):
            before, now = getattr(file.origin, field), getattr(ours, field)
            if before != now:
                sys.stdout.write(f"{field}: the run was made with {before[:40]}, and now there is {now[:40]}\n")
        new = Path(temporary) / file.run
        for arguments in commands(folder, config, new, options):
            sys.stderr.write(f"mevdm {arguments[0]}\n")
            if code := main(arguments):
                return code
        found = list(compared(folder, new))
    for words in found:
        sys.stdout.write(words + "\n")
    return DIFFERENT if any(not words.endswith(": the same bytes") for words in found) else 0


def commands(folder: Path, config: Path, new: Path, options: argparse.Namespace) -> Iterator[list[str]]:
    """Arguments of the steps that made the files of a folder, with all paths in another one.

    Parameters
    ----------
    folder, new : Path
        The finished run, and where it is made again.
    config : Path
        Its configuration.
    options : Namespace
        ``tables`` and ``cores``.
    """
    tables = [] if options.tables is None else ["--tables", str(options.tables)]
    chains, numbers = ["--chains", str(new / "chains")], ["--posterior", str(new / "posterior.nc")]
    judged, weighed = ["--diagnostics", str(new / "diagnostics.json")], ["--evidence", str(new / "evidence.json")]
    pictures = ["--figures", str(new / "figures")]
    reproduction = folder.parent / "planes" / "reproduction.csv"
    sampling = ["--checkpoint", str(new / ".checkpoint"), "--cores", str(options.cores)]
    steps = {
        "chains": ["sample", *sampling],
        "posterior.nc": ["combine", *chains],
        "evidence.json": ["evidence", *chains],
        "diagnostics.json": ["diagnose", *chains, *weighed, "--exit-zero"],
        "figures": ["figures", *numbers, *judged, "--summary", str(new / "summary.csv")],
        "profile.npz": ["profile", *chains, *numbers, *pictures],
        "cross_check.json": ["cross-check", *numbers, *judged, *weighed],
        "report.html": ["report", *numbers, *judged, *weighed, *pictures, "--reproduction", str(reproduction)],
    }
    for name, (step, *rest) in steps.items():
        if (folder / name).exists():
            yield [step, str(config), *tables, *rest, "--out", str(new / name)]


def compared(folder: Path, new: Path) -> Iterator[str]:
    """A line for each file: the same bytes, what differs, or that it was not made again."""
    for path in sorted(path for path in new.rglob("*") if path.is_file()):
        name = path.relative_to(new)
        if any(part.startswith(".") for part in name.parts):
            continue
        if not (folder / name).is_file():
            yield f"{name}: is not in {folder}"
        elif (folder / name).read_bytes() == path.read_bytes():
            yield f"{name}: the same bytes"
        else:
            places = list(differences(folder / name, path))
            more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
            yield f"{name}: differs" + (f" in {', '.join(places[:SHOWN])}{more}" if places else "")
    for path in sorted(path for part in ("chains", "figures") for path in (folder / part).glob("*")):
        if path.is_file() and not (new / path.relative_to(folder)).exists():
            yield f"{path.relative_to(folder)}: was not made again"


def differences(one: Path, two: Path) -> Iterator[str]:
    """Names of what differs between two files of the same kind; none for kinds that have no names."""
    import h5py
    import numpy as np

    if one.suffix == ".json":
        before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (one, two))
        yield from (key for key in sorted({*before, *after}) if before.get(key) != after.get(key))
    if one.suffix not in (".nc", ".h5"):
        return
    with h5py.File(one, "r", locking=False) as before, h5py.File(two, "r", locking=False) as after:
        for key in sorted({*before.attrs, *after.attrs}):
            if before.attrs.get(key) != after.attrs.get(key):
                yield f"attribute {key}"
        names: list[str] = []
        before.visit(names.append)
        added: list[str] = []
        after.visit(added.append)
        yield from (f"{name} (new)" for name in added if name not in names)
        for name in names:
            if isinstance(before[name], h5py.Dataset) and before[name].dtype.kind in "fiu":
                old, new = before[name][...], after[name][...] if name in after else np.empty(0)
                if old.shape != new.shape:
                    yield f"{name} (shape {old.shape} and {new.shape})"
                elif not np.array_equal(old, new, equal_nan=old.dtype.kind == "f"):
                    yield f"{name} (by up to {np.nanmax(np.abs(np.asarray(old - new, dtype=float))):.2g})"
