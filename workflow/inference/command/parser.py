"""Arguments of the ``mevdm`` command, and its exit codes.

A step is named by its module and function, and imported only when it is chosen: the help and the errors of the command
need neither numba nor scipy, which take longer to import than most steps take to run.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

from workflow.inference.command.endings import USAGE_ERROR, ended
from workflow.inference.writing.refusal import Refusal

RIVALS = Path("config") / "comparisons" / "hypotheses.yaml"
VERDICT = Path("config") / "comparisons" / "verdict.yaml"
FIRST_PAGE = Path("config") / "comparisons" / "first_page.yaml"

DEFAULT = Path("config") / "hooper_zurek_2008.yaml"
PLANES = Path("results") / "planes"

Add = Callable[[str, str, str], argparse.ArgumentParser]


class _Once(argparse._StoreAction):
    """Stores the value of an option, and refuses a second one, which argparse would take in place of the first."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        if option_string is not None:
            given = vars(namespace).setdefault("_given", set())
            if self.dest in given:
                raise argparse.ArgumentError(self, "is given twice; allowed: once")
            given.add(self.dest)
        super().__call__(parser, namespace, values, option_string)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as the errors of the steps are."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind in (None, "store"):
            self.register("action", kind, _Once)

    def error(self, message: str) -> NoReturn:
        """Exit with 2 and the message."""
        self.exit(USAGE_ERROR, f"mevdm: error: {message}; see `{self.prog} --help`\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write a help text; argparse itself passes over a full disk, as if the text had been written."""
        if message and file is not None:
            file.write(message)


def main(arguments: list[str] | None = None) -> int:
    """Run one step; returns the exit code: 2 for bad input, 3 for chains that have not converged, 70 for a defect."""

    def step() -> int | None:
        given = sys.argv[1:] if arguments is None else arguments
        if "" in given:  # an empty path would be the working directory
            raise Refusal(f"argument {given.index('') + 1} is empty; allowed: a name, a file or a folder")
        options = parser().parse_args(given)
        return function_of(options.step)(options)

    return ended(step)


def function_of(step: str) -> Callable[[argparse.Namespace], int | None]:
    """The function of a step, such as ``run_steps.evaluate``."""
    module, name = step.split(".")
    function: Callable[[argparse.Namespace], int | None] = getattr(
        importlib.import_module(f"workflow.inference.command.{module}"), name
    )
    return function


def parser() -> argparse.ArgumentParser:
    """The parser of all steps; the chosen one is the attribute ``step`` of the result."""
    whole = Parser(
        prog="mevdm",
        description="Confront MeV-scale dark matter with the 511 keV line, the relic abundance and the laboratory.",
    )
    whole.add_argument("--version", action="version", version=f"mevdm {metadata.version('mevdm')}")
    steps = whole.add_subparsers(metavar="STEP", required=True)

    def add(name: str, function: str, summary: str) -> argparse.ArgumentParser:
        step = steps.add_parser(name, help=summary, description=summary)
        step.set_defaults(step=function)
        return step

    def add_with_tables(name: str, function: str, summary: str) -> argparse.ArgumentParser:
        step = add(name, function, summary)
        step.add_argument("--tables", metavar="DIR", type=Path, help="where computed tables are kept [results/tables]")
        return step

    def add_of_run(name: str, function: str, summary: str) -> argparse.ArgumentParser:
        step = add_with_tables(name, function, summary)
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

    _add_evaluation(add_of_run)
    _add_scan(add_of_run)
    _add_sampling(add_of_run)
    _add_checks(add_of_run)
    _add_pages(add_of_run)
    _add_atlas(add_with_tables)
    _add_comparisons_of_a_run(add_of_run)
    _add_comparisons(add, add_with_tables)
    _add_differences(add_of_run)
    _add_exports(add)
    _add_descriptions(add)
    return whole


def _at_least_one(text: str) -> int:
    """A number of processes.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r}; allowed: an integer of at least 1")
    return int(text)


def _add_evaluation(add: Add) -> None:
    step = add("evaluate", "run_steps.evaluate", "model, observables and every log-likelihood at given points")
    step.add_argument("--points", metavar="CSV", type=Path, required=True, help="one column per parameter")
    step.add_argument("--out", metavar="FILE", type=Path, help=".csv, .json or .parquet; standard output if missing")
    step.add_argument(
        "--columns",
        metavar="NAME",
        nargs="+",
        default=["*"],
        help="what to compute: names, patterns such as 'loglike_*', or `standard` [all that the run has]",
    )

    step = add("tables", "run_steps.tables", "compute the tables that a run needs, unless they are there")
    step.add_argument("--out", metavar="JSON", type=Path, help="write which tables the run uses")


def _add_scan(add: Add) -> None:
    step = add("scan", "scan_steps.scan", "many points to Parquet: grid, Sobol, random or a file; resumes by shard")
    step.add_argument("--out", metavar="DIR", type=Path, help="shards [results/RUN/scan]")
    step.add_argument("--shard", metavar="K", type=int, help="this shard alone, anew")
    _add_cores(step)

    step = add("scan-maps", "scan_steps.maps", "profile and exclusion maps of a scan: maps.png, and cells.csv")
    step.add_argument("--scan", metavar="DIR", type=Path, help="shards [results/RUN/scan]")
    step.add_argument("--out", metavar="DIR", type=Path, help="[the folder of the shards]")
    step.add_argument("--bins", metavar="N", type=_at_least_one, help="cells along an axis [scan.bins]")
    step.add_argument(
        "--plane",
        metavar=("X", "Y"),
        nargs=2,
        action="append",
        dest="planes",
        help="columns across and up; may be repeated [scan.maps]",
    )


def _add_cores(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--cores", metavar="N", type=_at_least_one, default=len(os.sched_getaffinity(0)), help="processes [all]"
    )


def _add_sampling(add: Add) -> None:
    step = add("sample", "run_steps.sample", "run the emcee ensembles of a run; resumes where it was killed")
    step.add_argument("--out", metavar="DIR", type=Path, help="chains [results/RUN/chains]")
    step.add_argument("--checkpoint", metavar="DIR", type=Path, help="unfinished chains [results/RUN/.checkpoint]")
    _add_cores(step)

    step = add("combine", "run_steps.combine", "chains to posterior.nc, with derived quantities")
    _add_chains(step, "posterior.nc")

    step = add("evidence", "run_steps.evidence", "the evidence with its error, by importance sampling from the chains")
    _add_chains(step, "evidence.json")
    step.add_argument("--pilots", action="store_true", help="without chains: from tempered pilots alone")

    summary = "convergence: autocorrelation, ESS, R-hat; exits with 3 unless converged"
    step = add("diagnose", "run_steps.diagnose", summary)
    _add_chains(step, "diagnostics.json")
    _add_evidence(step)
    step.add_argument("--verbose", action="store_true", help="the diagnostics of every quantity, not the verdict alone")
    judging = step.add_mutually_exclusive_group()
    judging.add_argument("--exit-zero", action="store_true", help="write the verdict, but leave it to others to act")
    judging.add_argument("--check", metavar="JSON", type=Path, help="only act on the verdict of this record")


def _add_checks(add: Add) -> None:
    step = add("profile", "run_steps.profile", "profile likelihood in planes of couplings and masses, and its figure")
    _add_chains(step, "profile.npz", "NPZ")
    step.add_argument("--posterior", metavar="NC", type=Path, help="[results/RUN/posterior.nc]")
    step.add_argument("--figures", metavar="DIR", type=Path, help="[results/RUN/figures]")

    step = add("cross-check", "run_steps.cross_check", "the posterior again, by brute force and by nested sampling")
    step.add_argument("--out", metavar="JSON", type=Path, help="[results/RUN/cross_check.json]")
    step.add_argument("--methods", nargs="+", metavar="METHOD", help="brute_force, nested [both]")
    _add_results(step)
    _add_evidence(step)


def _add_pages(add: Add) -> None:
    step = add("figures", "run_steps.figures", "figures and summary tables from posterior.nc")
    step.add_argument("--out", metavar="DIR", type=Path, help="[results/RUN/figures]")
    step.add_argument("--part", choices=("all", "draws", "plane"), default="all", help="what to draw [all]")
    step.add_argument(
        "--summary", metavar="CSV", type=Path, help="table of numbers [results/RUN/summary.csv]; .tex beside"
    )
    _add_results(step)

    step = add("report", "run_steps.report", "the report as one HTML file")
    step.add_argument("--out", metavar="HTML", type=Path, help="[results/RUN/report.html]")
    step.add_argument("--figures", metavar="DIR", type=Path, help="[results/RUN/figures]")
    _add_results(step)
    _add_evidence(step)
    step.add_argument("--reproduction", metavar="CSV", type=Path, help="[results/planes/reproduction.csv]")
    step.add_argument("--cross-check", metavar="JSON", type=Path, help="[beside the posterior, if there]")
    step.add_argument("--profile", metavar="NPZ", type=Path, help="[beside the posterior, if there]")


def _add_atlas(add: Add) -> None:
    summary = "the kinetic-mixing plane of all experiments, and our edges beside published ones"
    step = add("planes", "comparison_steps.planes", summary)
    step.add_argument("--out", metavar="DIR", type=Path, default=PLANES, help=f"[{PLANES}]")

    step = add("atlas", "comparison_steps.atlas", "figures of the physics and the data that need no run")
    step.add_argument("--out", metavar="DIR", type=Path, default=Path("results") / "atlas", help="[results/atlas]")


def _add_comparisons_of_a_run(add: Add) -> None:
    step = add("tension", "comparison_steps.tension", "whether two groups of a run's data agree about the model")
    step.add_argument("--comparison", metavar="FILE", type=Path, default=VERDICT, help=f"[{VERDICT}]")
    step.add_argument("--out", metavar="JSON", type=Path, help="[results/verdict/tension/RUN.json]")

    summary = "what COSI would see if the best fit of a run were true, as a config override"
    step = add("asimov", "comparison_steps.asimov", summary)
    step.add_argument("--out", metavar="FILE", type=Path, required=True, help="one line, for --set")


def _add_comparisons(add: Add, add_with_tables: Add) -> None:
    summary = "the runs of all eras side by side: evidences, tensions, pulls, conclusions"
    step = add("verdict", "comparison_steps.verdict", summary)
    step.add_argument("comparison", metavar="FILE", type=Path, nargs="?", default=VERDICT, help=f"[{VERDICT}]")
    step.add_argument("--results", metavar="DIR", type=Path, default=Path("results"), help="[results]")
    step.add_argument("--out", metavar="DIR", type=Path, help="[results/verdict]")

    summary = "the figures of the field and of finished runs, and published numbers beside ours"
    step = add_with_tables("gallery", "comparison_steps.gallery", summary)
    step.add_argument("--runs", metavar="NAME", nargs="*", default=[], help="finished runs, of any model and era")
    step.add_argument("--results", metavar="DIR", type=Path, default=Path("results"), help="of the runs [results]")
    step.add_argument("--atlas", metavar="DIR", type=Path, default=Path("results") / "atlas", help="[results/atlas]")
    step.add_argument("--planes", metavar="DIR", type=Path, default=PLANES, help=f"[{PLANES}]")
    step.add_argument("--out", metavar="DIR", type=Path, default=Path("results") / "gallery", help="[results/gallery]")

    step = add("index", "comparison_steps.index", "all runs on one page, with a comparison of any two")
    step.add_argument("--results", metavar="DIR", type=Path, default=Path("results"), help="[results]")
    step.add_argument("--out", metavar="HTML", type=Path, help="[results/index.html]")

    summary = "what earlier data allowed beside what is allowed today, and which later datum decides"
    step = add_with_tables("first-page", "comparison_steps.first_page", summary)
    step.add_argument("comparison", metavar="FILE", type=Path, nargs="?", default=FIRST_PAGE, help=f"[{FIRST_PAGE}]")
    step.add_argument("--results", metavar="DIR", type=Path, default=Path("results"), help="[results]")
    step.add_argument("--configs", metavar="DIR", type=Path, default=Path("config"), help="of the two runs [config]")
    step.add_argument("--out", metavar="DIR", type=Path, help="[results/default]")

    summary = "rival explanations of the 511 keV line: Bayes factors and rates"
    step = add("hypotheses", "comparison_steps.hypotheses", summary)
    step.add_argument("comparison", metavar="FILE", type=Path, nargs="?", default=RIVALS, help=f"[{RIVALS}]")
    step.add_argument("--out", metavar="DIR", type=Path, default=Path("results") / "hypotheses", help="with evidences")


def _add_differences(add: Add) -> None:
    step = add("differences", "export_steps.differences", "the keys in which a run differs from another")
    step.add_argument("other", metavar="OTHER", type=Path, nargs="?", default=DEFAULT, help=f"[{DEFAULT}]")


def _add_exports(add: Add) -> None:
    step = add("export", "export_steps.export", "a finished run in the formats of other programs")
    step.add_argument("run", metavar="RUN", help="name, folder of the results, or config file of the run")
    step.add_argument(
        "--to",
        metavar="FORMAT",
        nargs="+",
        required=True,
        help="getdist, arviz, csv, parquet, bilby, hepdata, summary, macros or bibtex",
    )
    step.add_argument("--out", metavar="DIR", type=Path, help="[results/RUN/exports]")

    step = add("reweight", "export_steps.reweight", "the posterior of a changed run from the draws of a finished one")
    step.add_argument("run", metavar="RUN", help="name, folder of the results, or config file of the finished run")
    step.add_argument("--tables", metavar="DIR", type=Path, help="where computed tables are kept [results/tables]")
    step.add_argument(
        "--set",
        metavar="KEY.PATH=VALUE",
        action="append",
        required=True,
        dest="overrides",
        help="what changes, such as likelihoods.relic_abundance.era=modern",
    )
    step.add_argument("--out", metavar="DIR", type=Path, help="[results/RUN-CHANGES]")

    summary = "make a finished run again from its own record, and compare the bytes of every file"
    step = add("reproduce", "reproduce.reproduce", summary)
    step.add_argument("run", metavar="RUN", help="name, or folder of the results")
    step.add_argument("--tables", metavar="DIR", type=Path, help="where computed tables are kept [results/tables]")
    _add_cores(step)


def _add_descriptions(add: Add) -> None:
    summary = "unit, meaning, source and allowed values of a model, likelihood, column, option, parameter or experiment"
    step = add("describe", "describe.describe", summary)
    step.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="such as omega_h2, cmb, cmb.era, sampler.walkers or e137; or a kind, whose names are listed",
    )
    add("schema", "run_steps.schema", "JSON schema of a run's config file, for editors")


def _add_chains(step: argparse.ArgumentParser, file: str, metavar: str = "FILE") -> None:
    step.add_argument("--chains", metavar="DIR", type=Path, help="chains [results/RUN/chains]")
    step.add_argument("--out", metavar=metavar, type=Path, help=f"[results/RUN/{file}]")


def _add_results(step: argparse.ArgumentParser) -> None:
    step.add_argument("--posterior", metavar="NC", type=Path, help="[results/RUN/posterior.nc]")
    step.add_argument("--diagnostics", metavar="JSON", type=Path, help="[results/RUN/diagnostics.json]")


def _add_evidence(step: argparse.ArgumentParser) -> None:
    step.add_argument("--evidence", metavar="JSON", type=Path, help="[results/RUN/evidence.json]")
