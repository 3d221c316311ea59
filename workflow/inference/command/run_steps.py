"""Steps of one run: from points or chains to its report."""

# Imports are inside the steps that need them: xarray, matplotlib and ArviZ take seconds, and `evaluate` does not use
# them.

import argparse
import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workflow.inference.command.parser import PLANES
from workflow.inference.posterior import evaluation
from workflow.inference.run import points
from workflow.inference.run.assembly import build_posterior, posterior_of_columns, required_tables
from workflow.inference.run.config import Config, json_schema, load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.provenance import posterior_identity
from workflow.inference.run.tables import DEFAULT_FOLDER, table_paths
from workflow.inference.writing.artefacts import write_json

if TYPE_CHECKING:
    from workflow.inference.posterior.posterior import Posterior
    from workflow.inference.sampling.chain_files import Chain

UNCONVERGED = 3


def load_run(options: argparse.Namespace) -> Config:
    """The config of the run of a step, with its overrides."""
    return load(options.run, tuple(options.overrides))


def results_of(config: Config) -> Path:
    """The folder of the artefacts of a run."""
    return Path("results") / config.run


def made(path: Path, step: str) -> Path:
    """The path of an artefact that another step makes.

    Raises
    ------
    ConfigError
        If it is not there.
    """
    if not path.exists():
        raise ConfigError(f"{path}: is missing; run `mevdm {step}` first")
    return path


def evaluate(options: argparse.Namespace) -> None:
    """Evaluate columns at the points of a file."""
    with points.opened(options.points) as file:
        config = load(options.run, tuple(options.overrides), frozenset(file.header))
        chosen = posterior_of_columns(config, options.tables, options.columns)
        with points.result_writer(options.out, chosen.columns, config) as writer:
            for values in points.chunks(file, config):
                writer.write(evaluation.evaluate(chosen.posterior, values, chosen.columns))


def tables(options: argparse.Namespace) -> None:
    """Compute the tables of a run."""
    config = load_run(options)
    build_posterior(config, options.tables)
    if options.out:
        folder = options.tables or DEFAULT_FOLDER
        paths = table_paths(config.galaxy, folder, required_tables(config))
        write_json(options.out, {kind: path.name for kind, path in paths.items()})


def sample(options: argparse.Namespace) -> None:
    """Run the ensembles until they have converged."""
    from workflow.inference.judgement import convergence
    from workflow.inference.sampling import ensembles

    config = load_run(options)
    results = results_of(config)
    build_posterior(config, options.tables)  # tables and compiled kernels are ready before the processes start
    done = ensembles.run(
        functools.partial(build_posterior, config, options.tables),
        config.sampler,
        options.out or results / "chains",
        options.checkpoint or results / ".checkpoint",
        config_hash=posterior_identity(config),
        cores=options.cores,
        judge=functools.partial(convergence.failures, config),
    )
    sys.stderr.write(f"{config.run}: {done.evaluations} evaluations, {done.steps} steps, converged: {done.converged}\n")


def combine(options: argparse.Namespace) -> None:
    """Write ``posterior.nc``."""
    from workflow.inference.estimates import combine

    config = load_run(options)
    posterior = build_posterior(config, options.tables)
    chains = _chains(options, config, posterior)
    combine.combine(config, posterior, chains, options.out or results_of(config) / "posterior.nc")


def evidence(options: argparse.Namespace) -> None:
    """Compute the evidence, from chains or from pilots."""
    from threadpoolctl import threadpool_limits

    from workflow.inference.judgement.evidence import evidence_from_pilots, evidence_of_chains

    config = load_run(options)
    posterior = build_posterior(config, options.tables)
    with threadpool_limits(limits=1):  # the order of summation must not depend on how many cores there are
        if options.pilots:
            result = evidence_from_pilots(posterior, config.sampler.seed)
        else:
            result = evidence_of_chains(posterior, _chains(options, config, posterior), config.sampler)
    sys.stdout.write(f"{config.run}: ln Z = {result.ln_z:.3f} +- {result.error:.3f}, Pareto k {result.pareto_k:.2f}\n")
    write_json(options.out or results_of(config) / "evidence.json", {"run": config.run, **result.to_dict()})


def diagnose(options: argparse.Namespace) -> int:
    """Judge the convergence of a run, or use an existing judgement."""
    config = load_run(options)
    if options.check is None:
        record = _judgement(options, config)
    else:
        record = json.loads(options.check.read_text(encoding="utf-8"))
    if record["converged"]:
        return 0
    sys.stderr.write(f"{config.run}: NOT CONVERGED{' (accepted)' if record['accepted'] else ''}: {record['verdict']}\n")
    return 0 if record["accepted"] or options.exit_zero else UNCONVERGED


def profile(options: argparse.Namespace) -> None:
    """Profile the likelihood and draw it."""
    from workflow.inference.estimates.profile_file import write_profiles
    from workflow.inference.estimates.profile_likelihood import profiles
    from workflow.inference.figures import run_figures
    from workflow.inference.figures.profile import write_profile_figure

    config = load_run(options)
    results = results_of(config)
    combined = made(options.posterior or results / "posterior.nc", f"combine {options.run}")
    posterior = build_posterior(config, options.tables)
    out = options.out or results / "profile.npz"
    try:
        write_profiles(profiles(posterior, _chains(options, config, posterior)), combined, out)
    except ValueError as error:
        raise ConfigError(f"{options.run}: {error}") from None
    write_profile_figure(out, combined, options.figures or results / "figures", run_figures.PROFILE)


def cross_check(options: argparse.Namespace) -> None:
    """Find the posterior by other methods and compare."""
    from workflow.inference.judgement.cross_check import cross_check_files
    from workflow.inference.judgement.other_samplers import METHODS, references_of

    config = load_run(options)
    results = results_of(config)
    combined, diagnosed = _summarised(options, results)
    weighed = made(options.evidence or results / "evidence.json", f"evidence {options.run}")
    posterior = build_posterior(config, options.tables)
    try:
        references = references_of(posterior, options.methods or list(METHODS), config.sampler.seed)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error}; `pip install mevdm[cross-check]`, or `--methods brute_force`") from None
    for reference in references:
        sys.stdout.write(f"{reference.method}: ln Z = {reference.ln_z:.3f} +- {reference.error:.3f}\n")
    record = cross_check_files(posterior, references, combined, weighed, diagnosed)
    write_json(options.out or results / "cross_check.json", record)


def figures(options: argparse.Namespace) -> None:
    """Draw a run and write its tables of numbers."""
    from workflow.inference.atlas.mixing_plane import plane_of_run
    from workflow.inference.drawing import figure_files
    from workflow.inference.estimates import posterior_file
    from workflow.inference.estimates.summary_tables import write_tables
    from workflow.inference.figures import requested, run_figure, run_figures

    config = load_run(options)
    results = results_of(config)
    combined, diagnosed = _summarised(options, results)
    folder = options.out or results / "figures"
    if options.part != "plane":
        run_figures.write_figures(combined, diagnosed, folder)
        write_tables(combined, options.summary or results / "summary.csv")
        asked, file = config.report.figures, posterior_file.read(combined)
        requested.write_requested(asked, file, results.parent, folder / requested.FOLDER)
    if options.part != "draws":
        plane = plane_of_run(config, combined, options.tables or DEFAULT_FOLDER)
        figure_files.save(plane, folder, run_figures.PLANE, run_figure.caption(run_figures.PLANE))


def report(options: argparse.Namespace) -> None:
    """Write the report of a run."""
    from workflow.inference.report.report import Inputs, write_report

    results = results_of(load_run(options))
    combined, diagnosed = _summarised(options, results)
    folder = options.figures or results / "figures"
    made(folder / "corner.png", f"figures {options.run}")
    reproduction = made(options.reproduction or PLANES / "reproduction.csv", "planes")
    weighed = made(options.evidence or results / "evidence.json", f"evidence {options.run}")
    extras = (options.cross_check or results / "cross_check.json", options.profile or results / "profile.npz")
    checked, profiled = (path if path.exists() else None for path in extras)
    inputs = Inputs(combined, diagnosed, weighed, folder, reproduction, checked, profiled)
    write_report(inputs, options.out or results / "report.html")


def schema(_: argparse.Namespace) -> None:
    """Print the JSON schema of a config file."""
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")


def _chains(options: argparse.Namespace, config: Config, posterior: "Posterior") -> "list[Chain]":
    from workflow.inference.sampling.chain_files import checked_chains

    folder = options.chains or results_of(config) / "chains"
    paths = [folder / f"ensemble_{i}.h5" for i in range(config.sampler.ensembles)]
    for path in paths:
        made(path, f"sample {options.run}")
    try:
        return checked_chains(paths, posterior, config.sampler, posterior_identity(config))
    except ValueError as error:
        raise ConfigError(f"{error}; mend the configuration, or run `mevdm sample {options.run}` again") from None


def _judgement(options: argparse.Namespace, config: Config) -> dict[str, object]:
    """Diagnostics of the chains of a run, printed and written."""
    from workflow.inference.judgement.convergence import diagnose_run

    results = results_of(config)
    weighed = made(options.evidence or results / "evidence.json", f"evidence {options.run}")
    posterior = build_posterior(config, options.tables)
    chains = _chains(options, config, posterior)
    text, record = diagnose_run(config, posterior, chains, json.loads(weighed.read_text(encoding="utf-8")))
    sys.stdout.write(text + "\n")
    write_json(options.out or results / "diagnostics.json", record)
    return record


def _summarised(options: argparse.Namespace, results: Path) -> tuple[Path, Path]:
    posterior = made(options.posterior or results / "posterior.nc", f"combine {options.run}")
    return posterior, made(options.diagnostics or results / "diagnostics.json", f"diagnose {options.run}")
