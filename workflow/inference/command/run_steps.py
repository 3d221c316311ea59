"""Steps of one run: from points or chains to its report."""

# Imports are inside the steps that need them: xarray, matplotlib and ArviZ take seconds, and `evaluate` does not use
# them.

import argparse
import functools
import json
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workflow.inference.command.compilation import compile_kernels
from workflow.inference.command.lock import locked
from workflow.inference.command.parent import end_with_parent
from workflow.inference.command.parser import PLANES
from workflow.inference.posterior import evaluation
from workflow.inference.run import points
from workflow.inference.run.assembly import build_posterior, posterior_of_columns, relic_ridge_of, required_tables
from workflow.inference.run.config import Config, json_schema, load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.provenance import origin_of, posterior_identity
from workflow.inference.run.tables import DEFAULT_FOLDER, table_paths
from workflow.inference.writing.origin import (
    KEY,
    Stored,
    digest,
    read_json,
    read_origin,
    require_named,
    require_parents,
    require_same,
    write_json,
)

if TYPE_CHECKING:
    from workflow.inference.posterior.posterior import Posterior
    from workflow.inference.sampling.chain_files import Chain

UNCONVERGED = 3
DEFAULT_RUN = "hooper_zurek_2008.yaml"  # with which a report compares its config


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


def writable_folder(option: str, path: Path) -> Path:
    """A folder that a step writes at its end, checked before the work.

    Raises
    ------
    ConfigError
        If it is a file.
    """
    if path.exists() and not path.is_dir():
        raise ConfigError(f"{option} {path}: is a file; allowed: a folder, which is made if it is not there")
    return path


def evaluate(options: argparse.Namespace) -> None:
    """Evaluate columns at the points of a file."""
    points.check_out(options.out, options.points, options.run)
    with points.opened(options.points) as file:
        config = load(options.run, tuple(options.overrides), frozenset(file.header))
        chosen = posterior_of_columns(config, options.tables, options.columns)
        with points.result_writer(options.out, chosen.columns, config) as writer:
            for values in points.chunks(file, config):
                writer.write(evaluation.evaluate(chosen.posterior, values, chosen.columns))


def tables(options: argparse.Namespace) -> None:
    """Compute the tables of a run, and compile the kernels that its steps use."""
    config = load_run(options)
    folder = options.tables or DEFAULT_FOLDER
    posterior = build_posterior(config, folder)
    compile_kernels(posterior)
    ridge = relic_ridge_of(config, posterior.surroundings, folder)
    paths = table_paths(config.galaxy, folder, required_tables(config))
    if ridge is not None:
        ridge.load()
        paths["relic_ridge"] = ridge.path
    if options.out:
        write_json(options.out, {kind: path.name for kind, path in paths.items()}, origin_of(config, paths.values()))


def sample(options: argparse.Namespace) -> None:
    """Run the ensembles until they have converged."""
    from workflow.inference.judgement import convergence
    from workflow.inference.sampling import ensembles

    config = load_run(options)
    results = results_of(config)
    if not config.priors:
        raise ConfigError(
            f"{options.run}: parameters: all are fixed, and there is nothing to sample; allowed: at least one with a"
            " prior, or `mevdm evaluate`"
        )
    end_with_parent()
    out = writable_folder("--out", options.out or results / "chains")
    unfinished = writable_folder("--checkpoint", options.checkpoint or results / ".checkpoint")
    posterior = build_posterior(config, options.tables)
    compile_kernels(posterior)
    _ = posterior.coordinates  # tables are ready before the processes start
    with locked(unfinished), locked(out):
        done = ensembles.run(
            functools.partial(build_posterior, config, options.tables),
            config.sampler,
            out,
            unfinished,
            marks={"config_hash": posterior_identity(config), KEY: origin_of(config).text()},
            cores=options.cores,
            judge=functools.partial(convergence.failures, config),
        )
    sys.stderr.write(f"{config.run}: {done.evaluations} evaluations, {done.steps} steps, converged: {done.converged}\n")


def combine(options: argparse.Namespace) -> None:
    """Write ``posterior.nc``."""
    from workflow.inference.estimates import combine

    config = load_run(options)
    posterior = build_posterior(config, options.tables)
    chains, origin = _chains(options, config, posterior), origin_of(config, chain_paths(options, config))
    combine.combine(config, posterior, chains, origin, options.out or results_of(config) / "posterior.nc")


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
    origin = origin_of(config, [] if options.pilots else chain_paths(options, config))
    write_json(options.out or results_of(config) / "evidence.json", {"run": config.run, **result.to_dict()}, origin)


def diagnose(options: argparse.Namespace) -> int:
    """Judge the convergence of a run, or use an existing judgement."""
    config = load_run(options)
    if options.check is None:
        record = _judgement(options, config)
    else:
        record = _read(options.check, "diagnose", options, config).record
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
    combined = _checked(options.posterior or results / "posterior.nc", "combine", options, config)
    posterior = build_posterior(config, options.tables)
    chains, paths = _chains(options, config, posterior), chain_paths(options, config)
    require_named(combined, read_origin(combined), _digests(paths), _command("combine", options))
    out = options.out or results / "profile.npz"
    try:
        write_profiles(profiles(posterior, chains), origin_of(config, [combined, *paths]), out)
    except ValueError as error:
        raise ConfigError(f"{options.run}: {error}") from None
    folder = options.figures or results / "figures"
    write_profile_figure(out, combined, folder, run_figures.PROFILE, origin_of(config, [combined, out]))


def cross_check(options: argparse.Namespace) -> None:
    """Find the posterior by other methods and compare."""
    from workflow.inference.judgement.cross_check import cross_check_files
    from workflow.inference.judgement.other_samplers import METHODS, references_of

    config = load_run(options)
    results = results_of(config)
    combined, diagnosed = _summarised(options, config)
    weighed = _checked(options.evidence or results / "evidence.json", "evidence", options, config)
    require_parents(weighed, read_origin(weighed), read_origin(combined).parents, _command("evidence", options))
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
    origin = origin_of(config, [combined, weighed, diagnosed])
    write_json(options.out or results / "cross_check.json", record, origin)


def figures(options: argparse.Namespace) -> None:
    """Draw a run and write its tables of numbers."""
    from workflow.inference.atlas.mixing_plane import plane_of_run
    from workflow.inference.drawing import figure_files
    from workflow.inference.estimates import posterior_file
    from workflow.inference.estimates.summary_tables import write_tables
    from workflow.inference.figures import requested, run_figure, run_figures

    config = load_run(options)
    results = results_of(config)
    combined, diagnosed = _summarised(options, config)
    folder = options.out or results / "figures"
    if options.part != "plane":
        origin = origin_of(config, [combined, diagnosed])
        run_figures.write_figures(combined, diagnosed, folder, origin)
        write_tables(combined, options.summary or results / "summary.csv")
        asked, file = config.report.figures, posterior_file.read(combined)
        requested.write_requested(asked, file, results.parent, folder / requested.FOLDER, origin)
    if options.part != "draws":
        plane = plane_of_run(config, combined, options.tables or DEFAULT_FOLDER)
        caption = run_figure.caption(run_figures.PLANE)
        figure_files.save(plane, folder, run_figures.PLANE, caption, origin_of(config, [combined]))


def report(options: argparse.Namespace) -> None:
    """Write the report of a run."""
    from workflow.inference.exports.bibliography import papers
    from workflow.inference.report.report import Inputs, write_report

    config = load_run(options)
    results = results_of(config)
    beside = (options.posterior or results / "posterior.nc").parent
    checked = _if_there(options.cross_check, beside / "cross_check.json", _step("cross-check", options))
    profiled = _if_there(options.profile, beside / "profile.npz", _step("profile", options))
    combined, diagnosed = _summarised(options, config)
    folder = options.figures or results / "figures"
    made(folder / "corner.png", _step("figures", options))
    reproduction = made(options.reproduction or PLANES / "reproduction.csv", "planes")
    weighed = _checked(options.evidence or results / "evidence.json", "evidence", options, config)
    default = options.run.parent / DEFAULT_RUN
    inputs = Inputs(
        combined,
        diagnosed,
        weighed,
        folder,
        reproduction,
        checked,
        profiled,
        references=tuple(papers(config)),
        default=default.read_text(encoding="utf-8") if default.is_file() else None,
        config=config.text,
    )
    write_report(inputs, origin_of(config, inputs.files()), options.out or results / "report.html")


def schema(_: argparse.Namespace) -> None:
    """Print the JSON schema of a config file."""
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")


def chain_paths(options: argparse.Namespace, config: Config) -> list[Path]:
    """The files of the chains of a step, one per ensemble."""
    folder = options.chains or results_of(config) / "chains"
    return [folder / f"ensemble_{i}.h5" for i in range(config.sampler.ensembles)]


def _chains(options: argparse.Namespace, config: Config, posterior: "Posterior") -> "list[Chain]":
    from workflow.inference.sampling.chain_files import checked_chains

    paths = chain_paths(options, config)
    for path in paths:
        made(path, _step("sample", options))
    try:
        return checked_chains(paths, posterior, config.sampler, posterior_identity(config))
    except ValueError as error:
        raise ConfigError(f"{error}; mend the configuration, or run `{_command('sample', options)}` again") from None


def _judgement(options: argparse.Namespace, config: Config) -> dict[str, object]:
    """Diagnostics of the chains of a run, printed and written."""
    from workflow.inference.judgement.convergence import diagnose_run

    results = results_of(config)
    weighed = made(options.evidence or results / "evidence.json", _step("evidence", options))
    evidence = _read(weighed, "evidence", options, config)
    posterior = build_posterior(config, options.tables)
    chains, paths = _chains(options, config, posterior), chain_paths(options, config)
    require_parents(weighed, evidence.origin, _digests(paths), _command("evidence", options))
    text, record = diagnose_run(config, posterior, chains, evidence.record)
    if options.verbose:
        sys.stdout.write(text + "\n")
    sys.stdout.write(f"{config.run}: {'' if record['converged'] else 'NOT '}converged: {record['verdict']}\n")
    write_json(options.out or results / "diagnostics.json", record, origin_of(config, [weighed, *paths]))
    return record


def _summarised(options: argparse.Namespace, config: Config) -> tuple[Path, Path]:
    """``posterior.nc`` and ``diagnostics.json`` of the same chains."""
    results = results_of(config)
    combined = _checked(options.posterior or results / "posterior.nc", "combine", options, config)
    diagnosed = _checked(options.diagnostics or results / "diagnostics.json", "diagnose", options, config)
    require_parents(diagnosed, read_origin(diagnosed), read_origin(combined).parents, _command("diagnose", options))
    return combined, diagnosed


def _checked(path: Path, step: str, options: argparse.Namespace, config: Config) -> Path:
    """The path of an artefact that another step made from the configuration, data and code at hand."""
    require_same(path, read_origin(made(path, _step(step, options))), origin_of(config), _command(step, options))
    return path


def _read(path: Path, step: str, options: argparse.Namespace, config: Config) -> Stored:
    """The content of a JSON file that another step made from the configuration, data and code at hand."""
    stored = read_json(path)
    require_same(path, stored.origin, origin_of(config), _command(step, options))
    return stored


def _if_there(named: Path | None, usual: Path, step: str) -> Path | None:
    """The artefact that an option names, which must be there, or the usual one, which need not."""
    if named is not None:
        return made(named, step)
    return usual if usual.exists() else None


def _command(step: str, options: argparse.Namespace) -> str:
    """The command of a step with the config and the overrides of this one."""
    return f"mevdm {_step(step, options)}"


def _step(step: str, options: argparse.Namespace) -> str:
    changes = [word for override in options.overrides for word in ("--set", override)]
    return shlex.join([step, str(options.run), *changes])


def _digests(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: digest(path) for path in paths}
