"""Steps that give a finished run to other programs."""

import argparse
import sys
from pathlib import Path

from workflow.inference.run.errors import ConfigError


def results_folder(run: str) -> Path:
    """The folder of the results of a run.

    Parameters
    ----------
    run : str
        A folder, the name of a run below ``results``, or the config file of a run.

    Raises
    ------
    ConfigError
        If there is no such folder.
    """
    name = Path(run).stem if run.endswith((".yaml", ".yml")) else run
    for folder in (Path("results") / name, Path(run)):
        if folder.is_dir():
            return folder
    raise ConfigError(f"{run}: no results; allowed: a folder, or a run of results/, made by `snakemake`")


def export(options: argparse.Namespace) -> None:
    """Write a run in the formats of other programs."""
    from workflow.inference.exports.export import export as write

    folder = results_folder(options.run)
    for path in write(folder, options.to, options.out or folder / "exports"):
        sys.stdout.write(f"{path}\n")
