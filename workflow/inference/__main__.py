"""The ``mevdm`` command: parse, read, call one function, write."""

import argparse
import functools
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from model.physics.galaxy import Galaxy
from workflow.inference import evaluation, points
from workflow.inference.artefacts import atomic_text
from workflow.inference.assembly import build_posterior
from workflow.inference.config import Config, ConfigError, json_schema, load
from workflow.inference.provenance import posterior_identity
from workflow.inference.tables import DEFAULT_FOLDER, dump_settings_of, surroundings, table_paths

if TYPE_CHECKING:
    from workflow.inference.chain_files import Chain

# The steps import what only they need: xarray, matplotlib and ArviZ cost seconds that `evaluate` should not pay.
USAGE_ERROR = 2
PLANES = Path("results") / "planes"


def main(arguments: list[str] | None = None) -> int:
    """Run one step; returns the exit code, 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        step: int = options.step(options) or 0
    except ConfigError as error:
        sys.stderr.write(f"mevdm: error: {error}\n")
        return USAGE_ERROR
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a path that cannot be read or written
        if error.filename is None:
            raise
        sys.stderr.write(f"mevdm: error: {error.filename}: {error.strerror}\n")
        return USAGE_ERROR
    return step


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mevdm",
        description="Confront MeV-scale dark matter with the 511 keV line, the relic abundance and the laboratory.",
    )
    steps = parser.add_subparsers(metavar="STEP", required=True)

    def add(name: str, function: object, summary: str) -> argparse.ArgumentParser:
        step = steps.add_parser(name, help=summary, description=summary)
        step.set_defaults(step=function)
        if name == "schema":
            return step
        step.add_argument("--tables", metavar="DIR", type=Path, help="where computed tables are kept [results/tables]")
        if name == "planes":
            return step
        step.add_argument("run", metavar="RUN", type=Path, help="config file of the run, such as config/NAME.yaml")
        step.add_argument(
            "--set",
            metavar="KEY.PATH=VALUE",
            action="append",
            default=[],
            dest="overrides",
            help="override a config key",
        )
        return step

    evaluated = add("evaluate", _evaluate, "model, observables and every log-likelihood at given points")
    evaluated.add_argument("--points", metavar="CSV", type=Path, required=True, help="one column per parameter")
    evaluated.add_argument("--out", metavar="FILE", type=Path, help=".csv or .json; standard output if missing")

    tabulated = add("tables", _tables, "compute the tables that a run needs, unless they are there")
    tabulated.add_argument("--out", metavar="JSON", type=Path, help="write which tables the run uses")

    sampled = add("sample", _sample, "run the emcee ensembles of a run; resumes where it was killed")
    sampled.add_argument("--out", metavar="DIR", type=Path, help="chains [results/RUN/chains]")
    sampled.add_argument("--checkpoint", metavar="DIR", type=Path, help="unfinished chains [results/RUN/.checkpoint]")
    sampled.add_argument("--cores", metavar="N", type=int, default=len(os.sched_getaffinity(0)), help="processes [all]")

    combined = add("combine", _combine, "chains to posterior.nc, with derived quantities")
    diagnosed = add("diagnose", _diagnose, "convergence: autocorrelation, ESS, R-hat, and a verdict in words")
    for step in (combined, diagnosed):
        step.add_argument("--chains", metavar="DIR", type=Path, help="chains [results/RUN/chains]")
        step.add_argument("--out", metavar="FILE", type=Path, help="[results/RUN/posterior.nc or diagnostics.json]")

    drawn = add("figures", _figures, "figures and summary tables from posterior.nc")
    drawn.add_argument("--out", metavar="DIR", type=Path, help="[results/RUN/figures]")
    drawn.add_argument("--part", choices=("all", "draws", "plane"), default="all", help="what to draw [all]")
    drawn.add_argument(
        "--summary", metavar="CSV", type=Path, help="table of numbers [results/RUN/summary.csv]; .tex beside"
    )
    written = add("report", _report, "the report as one HTML file")
    written.add_argument("--out", metavar="HTML", type=Path, help="[results/RUN/report.html]")
    written.add_argument("--figures", metavar="DIR", type=Path, help="[results/RUN/figures]")
    for step in (drawn, written):
        step.add_argument("--posterior", metavar="NC", type=Path, help="[results/RUN/posterior.nc]")
        step.add_argument("--diagnostics", metavar="JSON", type=Path, help="[results/RUN/diagnostics.json]")

    written.add_argument("--reproduction", metavar="CSV", type=Path, help="[results/planes/reproduction.csv]")

    planes = add("planes", _planes, "the kinetic-mixing plane of all experiments, and our edges beside published ones")
    planes.add_argument("--out", metavar="DIR", type=Path, help="[results/planes]")

    add("schema", _schema, "JSON schema of a run's config file, for editors")
    return parser


def _results(config: Config) -> Path:
    return Path("results") / config.run


def _load(options: argparse.Namespace) -> Config:
    return load(options.run, tuple(options.overrides))


def _evaluate(options: argparse.Namespace) -> None:
    with points.opened(options.points) as file:
        config = load(options.run, tuple(options.overrides), frozenset(file.header))
        posterior = build_posterior(config, options.tables)
        with points.result_writer(options.out) as writer:
            for values in points.chunks(file, config):
                writer.write(evaluation.evaluate(posterior, values))


def _tables(options: argparse.Namespace) -> None:
    config = _load(options)
    build_posterior(config, options.tables)
    if options.out:
        dumps = dump_settings_of(config.likelihoods.values())
        paths = table_paths(config.galaxy, options.tables or DEFAULT_FOLDER, dumps)
        with atomic_text(options.out) as stream:
            stream.write(json.dumps({kind: path.name for kind, path in paths.items()}, indent=1) + "\n")


def _sample(options: argparse.Namespace) -> None:
    from workflow.inference import sampling

    config = _load(options)
    results = _results(config)
    build_posterior(config, options.tables)  # tables and compiled kernels are ready before the processes start
    done = sampling.run(
        functools.partial(build_posterior, config, options.tables),
        config.sampler,
        options.out or results / "chains",
        options.checkpoint or results / ".checkpoint",
        config_hash=posterior_identity(config),
        cores=options.cores,
    )
    sys.stderr.write(f"{config.run}: {done.evaluations} evaluations, {done.steps} steps, converged: {done.converged}\n")


def _chains(options: argparse.Namespace, config: Config) -> "list[Chain]":
    from workflow.inference.chain_files import read_chain

    folder = options.chains or _results(config) / "chains"
    paths = [folder / f"ensemble_{i}.h5" for i in range(config.sampler.ensembles)]
    for path in paths:
        if not path.exists():
            raise ConfigError(f"{path}: is missing; run `mevdm sample {options.run}` first")
    return [read_chain(path) for path in paths]


def _combine(options: argparse.Namespace) -> None:
    from workflow.inference import combine

    config = _load(options)
    posterior = build_posterior(config, options.tables)
    combine.combine(config, posterior, _chains(options, config), options.out or _results(config) / "posterior.nc")


def _diagnose(options: argparse.Namespace) -> None:
    from workflow.inference import convergence

    config = _load(options)
    posterior = build_posterior(config, options.tables)
    found = convergence.diagnose_run(config, posterior, _chains(options, config))
    sys.stdout.write(found.text + "\n")
    with atomic_text(options.out or _results(config) / "diagnostics.json") as stream:
        stream.write(json.dumps(found.record, indent=1) + "\n")


def _figures(options: argparse.Namespace) -> None:
    config = _load(options)
    results = _results(config)
    posterior, found = _summarised(options, results)
    folder = options.out or results / "figures"
    if options.part != "plane":
        _draws_figures(posterior, found, folder, options.summary or results / "summary.csv")
    if options.part != "draws":
        _plane_figure(config, posterior, folder, options.tables or DEFAULT_FOLDER)


def _draws_figures(posterior: Path, found: Path, folder: Path, summary_path: Path) -> None:
    from workflow.inference import figures
    from workflow.inference.summary import summarise
    from workflow.inference.summary_tables import write_csv, write_latex

    figures.write_figures(posterior, found, folder)
    summary = summarise(posterior)
    write_csv(summary, summary_path)
    write_latex(summary, summary_path.with_suffix(".tex"))


def _plane_figure(config: Config, posterior: Path, folder: Path, tables: Path) -> None:
    from workflow.inference import figure_style, figures, mixing_plane, posterior_file

    file = posterior_file.read(posterior)
    draws = mixing_plane.PosteriorPoints(*(file.samples(name) for name in ("m_u_mev", "epsilon", "br_u_invisible")))
    around = surroundings(config.galaxy, tables)
    plane = mixing_plane.mixing_plane_figure(around, mixing_plane.run_likelihood(config.likelihoods), draws, tables)
    figure_style.save(plane, folder, figures.PLANE)


def _planes(options: argparse.Namespace) -> None:
    from workflow.inference import figure_style, figures, mixing_plane, mixing_reproduction

    tables = options.tables or DEFAULT_FOLDER
    around = surroundings(Galaxy(), tables)  # the halo plays no part in a laboratory
    folder = options.out or PLANES
    mixing_reproduction.write_reproduction(
        mixing_reproduction.reproduction_rows(around, tables), folder / "reproduction.csv"
    )
    plane = mixing_plane.mixing_plane_figure(around, mixing_plane.run_likelihood({}), None, tables)
    figure_style.save(plane, folder, figures.PLANE)


def _report(options: argparse.Namespace) -> None:
    from workflow.inference import report

    results = _results(_load(options))
    posterior, found = _summarised(options, results)
    folder, out = options.figures or results / "figures", options.out or results / "report.html"
    reproduction = options.reproduction or PLANES / "reproduction.csv"
    for path, step in ((folder / "corner.png", f"figures {options.run}"), (reproduction, "planes")):
        if not path.exists():
            raise ConfigError(f"{path}: is missing; run `mevdm {step}` first")
    report.write_report(posterior, found, folder, reproduction, out)


def _summarised(options: argparse.Namespace, results: Path) -> tuple[Path, Path]:
    paths = (options.posterior or results / "posterior.nc", options.diagnostics or results / "diagnostics.json")
    for path, step in zip(paths, ("combine", "diagnose"), strict=True):
        if not path.exists():
            raise ConfigError(f"{path}: is missing; run `mevdm {step} {options.run}` first")
    return paths


def _schema(_: argparse.Namespace) -> None:
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
