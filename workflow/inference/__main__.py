"""The ``mevdm`` command: parse, read, call one function, write."""

import argparse
import functools
import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from model.physics.galaxy.halo import Galaxy
from workflow.inference.posterior import evaluation
from workflow.inference.run import points
from workflow.inference.run.assembly import build_posterior, requirements
from workflow.inference.run.config import Config, json_schema, load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.provenance import posterior_identity
from workflow.inference.run.tables import DEFAULT_FOLDER, surroundings, table_paths
from workflow.inference.writing.artefacts import atomic_text

if TYPE_CHECKING:
    from workflow.inference.posterior.posterior import Posterior
    from workflow.inference.sampling.chain_files import Chain

# The steps import what only they need: xarray, matplotlib and ArviZ cost seconds that `evaluate` should not pay.
USAGE_ERROR = 2
UNCONVERGED = 3
PLANES = Path("results") / "planes"
RIVALS = Path("config") / "comparisons" / "hypotheses.yaml"
VERDICT = Path("config") / "comparisons" / "verdict.yaml"


def main(arguments: list[str] | None = None) -> int:
    """Run one step; returns the exit code, 2 for bad input and 3 for chains that have not converged."""
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
        if name in ("schema", "verdict", "hypotheses"):
            return step
        step.add_argument("--tables", metavar="DIR", type=Path, help="where computed tables are kept [results/tables]")
        if name in ("planes", "atlas"):
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
    weighed = add("evidence", _evidence, "the evidence with its error, by importance sampling from finished chains")
    diagnosed = add("diagnose", _diagnose, "convergence: autocorrelation, ESS, R-hat; exits with 3 unless converged")
    weighed.add_argument("--pilots", action="store_true", help="without chains: from tempered pilots alone")
    for step, file in ((combined, "posterior.nc"), (weighed, "evidence.json"), (diagnosed, "diagnostics.json")):
        step.add_argument("--chains", metavar="DIR", type=Path, help="chains [results/RUN/chains]")
        step.add_argument("--out", metavar="FILE", type=Path, help=f"[results/RUN/{file}]")
    diagnosed.add_argument("--evidence", metavar="JSON", type=Path, help="[results/RUN/evidence.json]")
    judging = diagnosed.add_mutually_exclusive_group()
    judging.add_argument("--exit-zero", action="store_true", help="write the verdict, but leave it to others to act")
    judging.add_argument("--check", metavar="JSON", type=Path, help="only act on the verdict of this record")

    profiled = add("profile", _profile, "profile likelihood in planes of couplings and masses, and its figure")
    profiled.add_argument("--chains", metavar="DIR", type=Path, help="chains [results/RUN/chains]")
    profiled.add_argument("--posterior", metavar="NC", type=Path, help="[results/RUN/posterior.nc]")
    profiled.add_argument("--out", metavar="NPZ", type=Path, help="[results/RUN/profile.npz]")
    profiled.add_argument("--figures", metavar="DIR", type=Path, help="[results/RUN/figures]")

    checked = add("cross-check", _cross_check, "the posterior again, by brute force and by nested sampling")
    checked.add_argument("--out", metavar="JSON", type=Path, help="[results/RUN/cross_check.json]")
    checked.add_argument(
        "--methods", nargs="+", choices=("brute_force", "nested"), default=("brute_force", "nested"), help="[both]"
    )
    checked.add_argument("--posterior", metavar="NC", type=Path, help="[results/RUN/posterior.nc]")
    checked.add_argument("--diagnostics", metavar="JSON", type=Path, help="[results/RUN/diagnostics.json]")
    checked.add_argument("--evidence", metavar="JSON", type=Path, help="[results/RUN/evidence.json]")

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
    written.add_argument("--evidence", metavar="JSON", type=Path, help="[results/RUN/evidence.json]")
    written.add_argument("--cross-check", metavar="JSON", type=Path, help="[results/RUN/cross_check.json if there]")
    written.add_argument("--profile", metavar="NPZ", type=Path, help="[results/RUN/profile.npz if there]")

    planes = add("planes", _planes, "the kinetic-mixing plane of all experiments, and our edges beside published ones")
    planes.add_argument("--out", metavar="DIR", type=Path, help="[results/planes]")

    mapped = add("atlas", _atlas, "figures of the physics and the data that need no run")
    mapped.add_argument("--out", metavar="DIR", type=Path, help="[results/atlas]")

    compared = add("tension", _tension, "whether two groups of a run's data agree about the model")
    compared.add_argument("--comparison", metavar="FILE", type=Path, default=VERDICT, help=f"[{VERDICT}]")
    compared.add_argument("--out", metavar="JSON", type=Path, help="[results/verdict/tension/RUN.json]")

    concluded = add("verdict", _verdict, "the runs of all eras side by side: evidences, tensions, pulls, conclusions")
    concluded.add_argument("comparison", metavar="FILE", type=Path, nargs="?", default=VERDICT, help=f"[{VERDICT}]")
    concluded.add_argument("--results", metavar="DIR", type=Path, default=Path("results"), help="[results]")
    concluded.add_argument("--out", metavar="DIR", type=Path, help="[results/verdict]")

    imagined = add("asimov", _asimov, "what COSI would see if the best fit of a run were true, as a config override")
    imagined.add_argument("--out", metavar="FILE", type=Path, required=True, help="one line, for --set")

    rivals = add("hypotheses", _hypotheses, "rival explanations of the 511 keV line: Bayes factors and rates")
    rivals.add_argument("comparison", metavar="FILE", type=Path, nargs="?", default=RIVALS, help=f"[{RIVALS}]")
    rivals.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("results") / "hypotheses", help="with evidences"
    )

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
        folder = options.tables or DEFAULT_FOLDER
        paths = table_paths(config.galaxy, folder, requirements(config.likelihoods))
        with atomic_text(options.out) as stream:
            stream.write(json.dumps({kind: path.name for kind, path in paths.items()}, indent=1) + "\n")


def _sample(options: argparse.Namespace) -> None:
    from workflow.inference.judgement import convergence
    from workflow.inference.sampling import ensembles as sampling

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
        judge=functools.partial(convergence.failures, config),
    )
    sys.stderr.write(f"{config.run}: {done.evaluations} evaluations, {done.steps} steps, converged: {done.converged}\n")


def _chains(options: argparse.Namespace, config: Config, posterior: "Posterior") -> "list[Chain]":
    from workflow.inference.sampling.chain_files import checked_chains

    folder = options.chains or _results(config) / "chains"
    paths = [folder / f"ensemble_{i}.h5" for i in range(config.sampler.ensembles)]
    for path in paths:
        if not path.exists():
            raise ConfigError(f"{path}: is missing; run `mevdm sample {options.run}` first")
    try:
        return checked_chains(paths, posterior.names, posterior.log_prob)
    except ValueError as error:
        raise ConfigError(f"{error}; run `mevdm sample {options.run}` again") from None


def _combine(options: argparse.Namespace) -> None:
    from workflow.inference.estimates import combine

    config = _load(options)
    posterior = build_posterior(config, options.tables)
    combine.combine(
        config, posterior, _chains(options, config, posterior), options.out or _results(config) / "posterior.nc"
    )


def _evidence(options: argparse.Namespace) -> None:
    from threadpoolctl import threadpool_limits

    from workflow.inference.judgement.evidence import evidence_from_pilots, evidence_of_chains

    config = _load(options)
    posterior = build_posterior(config, options.tables)
    with threadpool_limits(limits=1):  # the order of summation must not depend on how many cores there are
        if options.pilots:
            found = evidence_from_pilots(posterior, config.sampler.seed)
        else:
            found = evidence_of_chains(posterior, _chains(options, config, posterior), config.sampler)
    sys.stdout.write(f"{config.run}: ln Z = {found.ln_z:.3f} +- {found.error:.3f}, Pareto k {found.pareto_k:.2f}\n")
    with atomic_text(options.out or _results(config) / "evidence.json") as stream:
        stream.write(json.dumps({"run": config.run, **found.to_dict()}, indent=1) + "\n")


def _asimov(options: argparse.Namespace) -> None:
    from workflow.inference.comparisons.asimov import expected_annuli

    config = _load(options)
    today = build_posterior(config, options.tables)
    # the telescope of the forecast, whatever its data: those are what is wanted
    telescope = ("likelihoods.morphology_511kev.forecast=cosi_stellar",)
    forecast = build_posterior(load(options.run, (*options.overrides, *telescope)), options.tables)
    annuli = expected_annuli(today, forecast, config.sampler.seed)
    with atomic_text(options.out) as stream:
        stream.write(f"likelihoods.morphology_511kev.truth_ph_cm2_s=[{','.join(f'{x:.5e}' for x in annuli)}]\n")


def _diagnose(options: argparse.Namespace) -> int:
    from workflow.inference.judgement import convergence

    config = _load(options)
    if options.check is not None:
        record = json.loads(options.check.read_text(encoding="utf-8"))
    else:
        weighed = _made(options.evidence or _results(config) / "evidence.json", f"evidence {options.run}")
        evidence = json.loads(weighed.read_text(encoding="utf-8"))
        posterior = build_posterior(config, options.tables)
        chains = _chains(options, config, posterior)
        text, record = convergence.diagnose_run(config, posterior, chains, evidence)
        sys.stdout.write(text + "\n")
        with atomic_text(options.out or _results(config) / "diagnostics.json") as stream:
            stream.write(json.dumps(record, indent=1) + "\n")
    if record["converged"]:
        return 0
    sys.stderr.write(f"{config.run}: NOT CONVERGED{' (accepted)' if record['accepted'] else ''}: {record['verdict']}\n")
    return 0 if record["accepted"] or options.exit_zero else UNCONVERGED


def _profile(options: argparse.Namespace) -> None:
    from threadpoolctl import threadpool_limits

    from workflow.inference.estimates import posterior_file, profile_file
    from workflow.inference.estimates.profile_likelihood import planes_of, profile
    from workflow.inference.figures import profile as profile_figure
    from workflow.inference.figures import run_figures, style

    config = _load(options)
    results = _results(config)
    combined = _made(options.posterior or results / "posterior.nc", f"combine {options.run}")
    posterior = build_posterior(config, options.tables)
    chains = _chains(options, config, posterior)
    file = posterior_file.read(combined)
    planes = planes_of(list(posterior.monitored(chains[0].coords[0]).quantities))
    if not planes:
        raise ConfigError(f"{options.run}: its model has none of the planes that are profiled")
    with threadpool_limits(limits=1):
        profiles = [profile(posterior, chains, plane) for plane in planes]
    profile_file.write_profiles(profiles, combined, options.out or results / "profile.npz")
    stored, highest = profile_file.read_profiles(options.out or results / "profile.npz")
    figure = profile_figure.profile_figure(stored, highest, file)
    style.save(figure, options.figures or results / "figures", run_figures.PROFILE)


def _cross_check(options: argparse.Namespace) -> None:
    from threadpoolctl import threadpool_limits

    from workflow.inference.estimates import posterior_file
    from workflow.inference.judgement import cross_check

    config = _load(options)
    results = _results(config)
    combined, diagnosed = _summarised(options, results)
    evidence = _made(options.evidence or results / "evidence.json", f"evidence {options.run}")
    posterior = build_posterior(config, options.tables)
    methods: dict[str, Callable[[Posterior, int], cross_check.Reference]]
    methods = {"brute_force": cross_check.brute_force, "nested": cross_check.nested}
    try:
        with threadpool_limits(limits=1):
            references = [methods[name](posterior, config.sampler.seed) for name in options.methods]
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error}; `pip install mevdm[cross-check]`, or `--methods brute_force`") from None
    record = cross_check.cross_check(
        posterior,
        posterior_file.read(combined),
        hashlib.sha256(combined.read_bytes()).hexdigest(),
        json.loads(evidence.read_text(encoding="utf-8")),
        posterior_file.read_diagnostics(diagnosed),
        references,
    )
    for reference in references:
        sys.stdout.write(f"{reference.method}: ln Z = {reference.ln_z:.3f} +- {reference.error:.3f}\n")
    with atomic_text(options.out or results / "cross_check.json") as stream:
        stream.write(json.dumps(record, indent=1) + "\n")


def _made(path: Path, step: str) -> Path:
    if not path.exists():
        raise ConfigError(f"{path}: is missing; run `mevdm {step}` first")
    return path


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
    from workflow.inference.estimates.summary import summarise
    from workflow.inference.estimates.summary_tables import write_csv, write_latex
    from workflow.inference.figures import run_figures

    run_figures.write_figures(posterior, found, folder)
    summary = summarise(posterior)
    write_csv(summary, summary_path)
    write_latex(summary, summary_path.with_suffix(".tex"))


def _plane_figure(config: Config, posterior: Path, folder: Path, tables: Path) -> None:
    from workflow.inference.atlas import mixing_plane
    from workflow.inference.estimates import posterior_file
    from workflow.inference.figures import run_figures, style

    file = posterior_file.read(posterior)
    names = ("m_u_mev", "epsilon", "br_u_invisible")
    has_u = all(name in file.posterior for name in names)  # hypotheses about the positrons alone have no U
    draws = mixing_plane.PosteriorPoints(*map(file.samples, names)) if has_u else None
    around = surroundings(config.galaxy, tables)
    plane = mixing_plane.mixing_plane_figure(around, mixing_plane.run_likelihood(config.likelihoods), draws, tables)
    style.save(plane, folder, run_figures.PLANE)


def _planes(options: argparse.Namespace) -> None:
    from workflow.inference.atlas import mixing_plane, published_edges
    from workflow.inference.figures import run_figures, style

    tables = options.tables or DEFAULT_FOLDER
    around = surroundings(Galaxy(), tables)  # the halo plays no part in a laboratory
    folder = options.out or PLANES
    published_edges.write_reproduction(published_edges.reproduction_rows(around, tables), folder / "reproduction.csv")
    plane = mixing_plane.mixing_plane_figure(around, mixing_plane.run_likelihood({}), None, tables)
    style.save(plane, folder, run_figures.PLANE)


def _report(options: argparse.Namespace) -> None:
    from workflow.inference.report import report

    results = _results(_load(options))
    posterior, found = _summarised(options, results)
    folder, out = options.figures or results / "figures", options.out or results / "report.html"
    reproduction = options.reproduction or PLANES / "reproduction.csv"
    for path, step in ((folder / "corner.png", f"figures {options.run}"), (reproduction, "planes")):
        _made(path, step)
    weighed = _made(options.evidence or results / "evidence.json", f"evidence {options.run}")
    extras = (options.cross_check or results / "cross_check.json", options.profile or results / "profile.npz")
    cross_check, profile = (path if path.exists() else None for path in extras)
    report.write_report(
        report.Inputs(posterior, found, weighed, folder, reproduction, cross_check, profile),
        out,
    )


def _atlas(options: argparse.Namespace) -> None:
    from workflow.inference.atlas import atlas

    atlas.write_atlas(options.tables or DEFAULT_FOLDER, options.out or Path("results") / "atlas")


def _tension(options: argparse.Namespace) -> None:
    from dataclasses import asdict

    from threadpoolctl import threadpool_limits

    from workflow.inference.comparisons import comparison_file
    from workflow.inference.comparisons.tension import tension
    from workflow.inference.judgement.evidence import evidence_from_pilots

    config = _load(options)
    plan = comparison_file.load(options.comparison, comparison_file.Comparison)
    posterior = build_posterior(config, options.tables)
    group_a, group_b = (group.likelihoods for group in plan.groups)
    try:
        with threadpool_limits(limits=1):
            found = tension(
                posterior, plan.base, group_a, group_b, lambda part: evidence_from_pilots(part, config.sampler.seed)
            )
    except ValueError as error:
        raise ConfigError(f"{options.comparison}: {error}") from None
    sys.stdout.write(f"{config.run}: ln S = {found.ln_s:.2f} +- {found.ln_s_error:.2f}, ln R = {found.ln_r:.2f}\n")
    with atomic_text(options.out or Path("results") / "verdict" / "tension" / f"{config.run}.json") as stream:
        stream.write(json.dumps(asdict(found), indent=1) + "\n")


def _verdict(options: argparse.Namespace) -> None:
    from workflow.inference.comparisons import comparison_file, verdict

    plan = comparison_file.load(options.comparison, comparison_file.Comparison)
    for era, run in ((era, run) for era, runs in plan.eras.items() for run in runs):
        for name in ("posterior.nc", "diagnostics.json", "evidence.json"):
            path = options.results / run / name
            if not path.exists():
                raise ConfigError(f"{path}: is missing, a run of era {era}; run `snakemake --cores all verdict`")
    verdict.write_verdict(plan, options.results, options.out or options.results / "verdict")


def _hypotheses(options: argparse.Namespace) -> None:
    from workflow.inference.comparisons import comparison_file, hypotheses

    rivals = comparison_file.load(options.comparison, comparison_file.Rivals)
    hypotheses.write_hypotheses(rivals, options.out)


def _summarised(options: argparse.Namespace, results: Path) -> tuple[Path, Path]:
    posterior = _made(options.posterior or results / "posterior.nc", f"combine {options.run}")
    return posterior, _made(options.diagnostics or results / "diagnostics.json", f"diagnose {options.run}")


def _schema(_: argparse.Namespace) -> None:
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
