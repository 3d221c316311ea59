"""Steps that give a finished run to other programs."""

import argparse
import sys
from pathlib import Path

from workflow.inference.run.errors import ConfigError
from workflow.inference.writing.origin import read_origin


def results_folder(run: str) -> Path:
    """The folder of the results of a run.

    Parameters
    ----------
    run : str
        A folder, the name of a run below ``results``, or the config file of a run.

    Raises
    ------
    ConfigError
        If there is no such folder, or the folder of a name has the posterior of another run.
    """
    name = Path(run).stem if run.endswith((".yaml", ".yml")) else run
    named = Path("results") / name
    if named.is_dir():
        posterior = named / "posterior.nc"
        held = read_origin(posterior).run if posterior.is_file() else name
        if held != name:
            raise ConfigError(
                f"{posterior}: is of the run {held}; make it again, or name the folder of a copy, {named}"
            )
        return named
    if Path(run).is_dir():
        return Path(run)
    raise ConfigError(f"{run}: no results; allowed: a folder, or a run of results/, made by `snakemake`")


def reweight(options: argparse.Namespace) -> None:
    """The posterior of a changed run from the draws of a finished one."""
    from dataclasses import asdict

    from workflow.inference.diagnostics import arviz_bridge
    from workflow.inference.exports.export import Source
    from workflow.inference.judgement.reweighting import changed_configs
    from workflow.inference.judgement.reweighting import reweight as weigh
    from workflow.inference.run.assembly import build_posterior
    from workflow.inference.run.provenance import origin_of
    from workflow.inference.writing.origin import write_json

    folder = results_folder(options.run)
    if options.out is not None and options.out.resolve() == folder.resolve():
        raise ConfigError(f"--out {options.out}: is the folder of the run that is read; allowed: another folder")
    file = Source(folder).file
    before, after = changed_configs(file, tuple(options.overrides))
    made = weigh(file, build_posterior(before, options.tables), after, build_posterior(after, options.tables))
    out = options.out or Path("results") / after.run
    arviz_bridge.write_netcdf(made.groups, made.attributes, out / "posterior.nc")
    write_json(
        out / "reweighting.json",
        {"run": after.run, "of": file.run, **asdict(made.quality)},
        origin_of(after, [out / "posterior.nc"]),
    )
    quality = made.quality
    sys.stdout.write(
        f"{after.run}: Kish size {quality.kish:.0f} of {quality.draws}, Pareto k {quality.pareto_k:.2f}, "
        f"ln Z changes by {quality.ln_z_change:.3f}\n{out / 'posterior.nc'}\n"
    )


def differences(options: argparse.Namespace) -> None:
    """Print the keys in which a run differs from another."""
    from workflow.inference.run.config import load
    from workflow.inference.run.extension import differences as between

    run, other = load(options.run, tuple(options.overrides)), load(options.other)
    for key, old, new in between(other.text, run.text):
        sys.stdout.write(f"{key}: {old} -> {new}\n")


def export(options: argparse.Namespace) -> None:
    """Write a run in the formats of other programs."""
    from workflow.inference.exports.export import export as write

    folder = results_folder(options.run)
    for path in write(folder, options.to, options.out or folder / "exports"):
        sys.stdout.write(f"{path}\n")
