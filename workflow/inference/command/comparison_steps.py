"""Steps that need no run, or several: planes, the atlas, and comparisons of runs and of data."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from workflow.inference.command.run_steps import load_run, made
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.provenance import origin_of, origin_without_run
from workflow.inference.run.tables import DEFAULT_FOLDER
from workflow.inference.writing.artefacts import write_text
from workflow.inference.writing.origin import digest, read_json, require_parents, require_same, write_json
from workflow.inference.writing.progress import say

FIRST_PAGE_SEED = 2008  # of parameters that the earlier run does not have


def planes(options: argparse.Namespace) -> None:
    """Draw the exclusion of every experiment of the kinetic mixing, and write our edges beside the published ones."""
    from workflow.inference.atlas.mixing_plane import plane_without_run
    from workflow.inference.atlas.published_edges import write_table
    from workflow.inference.drawing import figure_files
    from workflow.inference.figures import run_figure, run_figures

    tables = options.tables or DEFAULT_FOLDER
    write_table(options.out / "reproduction.csv", tables)
    caption = run_figure.caption(run_figures.PLANE)
    origin = origin_without_run("planes", ["workflow.inference.atlas.mixing_plane"], {})
    figure_files.save(plane_without_run(tables), options.out, run_figures.PLANE, caption, origin)


def atlas(options: argparse.Namespace) -> None:
    """Draw the physics and the data without a run."""
    from workflow.inference.atlas.atlas import write_atlas

    origin = origin_without_run("atlas", ["workflow.inference.atlas.atlas"], {})
    write_atlas(options.tables or DEFAULT_FOLDER, options.out, origin)


def gallery(options: argparse.Namespace) -> None:
    """Show the figures of the field on one page, with published numbers beside ours."""
    from workflow.inference.atlas.atlas import GALAXY, NUISANCES
    from workflow.inference.gallery.gallery import OF_RUN, write_gallery
    from workflow.inference.gallery.paper_statements import statements, targets
    from workflow.inference.run.tables import surroundings

    for path, step in ((options.atlas / "n_eff.png", "atlas"), (options.planes / "reproduction.csv", "planes")):
        if not path.exists():
            raise ConfigError(f"{path}: is missing; run `mevdm {step}` first")
    runs = [options.results / name for name in options.runs]
    for run in runs:
        made(run / "posterior.nc", f"combine config/{run.name}.yaml")
        for name in OF_RUN:
            made(run / "figures" / f"{name}.png", f"figures config/{run.name}.yaml")
    say("gallery: published lines of thermal relics beside ours")
    around = surroundings(GALAXY, options.tables or DEFAULT_FOLDER)
    published = statements(), targets(around, NUISANCES)
    write_gallery(options.atlas, options.planes, published, options.out, runs)


def index(options: argparse.Namespace) -> None:
    """List all runs on one page, where any two can be compared."""
    from workflow.inference.report.run_index import write_index

    if not options.results.is_dir():
        raise ConfigError(f"--results {options.results}: is no folder; allowed: one with a folder for each run")
    write_index(options.results, options.out or options.results / "index.html")


def tension(options: argparse.Namespace) -> None:
    """Compare two groups of the data of a run."""
    from threadpoolctl import threadpool_limits

    from workflow.inference.comparisons import comparison_file
    from workflow.inference.comparisons.tension import tension
    from workflow.inference.judgement.evidence import evidence_from_pilots

    config = load_run(options)
    plan = comparison_file.load(options.comparison, comparison_file.Comparison)
    posterior = build_posterior(config, options.tables)
    group_a, group_b = (group.likelihoods for group in plan.groups)
    try:
        with threadpool_limits(limits=1):  # the order of summation must not depend on how many cores there are
            result = tension(
                posterior, plan.base, group_a, group_b, lambda part: evidence_from_pilots(part, config.sampler.seed)
            )
    except ValueError as error:
        raise ConfigError(f"{options.comparison}: {error}") from None
    sys.stdout.write(f"{config.run}: ln S = {result.ln_s:.2f} +- {result.ln_s_error:.2f}, ln R = {result.ln_r:.2f}\n")
    out = options.out or Path("results") / "verdict" / "tension" / f"{config.run}.json"
    write_json(out, asdict(result), origin_of(config, [options.comparison]))


def asimov(options: argparse.Namespace) -> None:
    """Write the sky that the telescope of a forecast would see if the best fit to the data of today were true."""
    from workflow.inference.comparisons.asimov import TELESCOPE, expected_annuli, truth_override

    config = load_run(options)
    forecast = load(options.run, (*options.overrides, TELESCOPE))
    annuli = expected_annuli(
        build_posterior(config, options.tables), build_posterior(forecast, options.tables), config.sampler.seed
    )
    write_text(options.out, truth_override(annuli) + "\n")


def verdict(options: argparse.Namespace) -> None:
    """Compare the runs of all eras."""
    from workflow.inference.comparisons import comparison_file
    from workflow.inference.comparisons.verdict import parents, write_verdict

    plan = comparison_file.load(options.comparison, comparison_file.Comparison)
    comparison_file.require_results(plan, options.results)
    modules = ["workflow.inference.comparisons.verdict"]
    origin = origin_without_run("verdict", modules, parents(plan, options.results), plan.model_dump_json())
    write_verdict(plan, options.results, options.out or options.results / "verdict", origin)


def first_page(options: argparse.Namespace) -> None:
    """Set what the earlier data allowed beside what the later data allow."""
    from workflow.inference.comparisons import comparison_file
    from workflow.inference.comparisons.first_page import shown_run, write_first_page
    from workflow.inference.comparisons.lost_pieces import later_log_likelihoods
    from workflow.inference.estimates import posterior_file
    from workflow.inference.figures.run_figures import PLANE

    plan = comparison_file.load(options.comparison, comparison_file.ThenAndNow)
    named = (plan.earlier, plan.later)
    comparison_file.require_files(named, options.results)
    folders = [options.results / entry.run for entry in named]
    earlier, later = (
        shown_run(
            entry,
            posterior_file.read(folder / "posterior.nc"),
            posterior_file.read_diagnostics(folder / "diagnostics.json"),
            folder / "figures",
        )
        for entry, folder in zip(named, folders, strict=True)
    )
    paths = [options.configs / f"{entry.run}.yaml" for entry in named]
    for shown, path in zip((earlier, later), paths, strict=True):
        made(shown.figures / f"{PLANE}.png", f"figures {path}")
    configs = [load(path) for path in paths]
    for config, path, folder, shown in zip(configs, paths, folders, (earlier, later), strict=True):
        require_same(folder / "posterior.nc", shown.file.origin, origin_of(config), f"mevdm combine {path}")
        diagnosed = folder / "diagnostics.json"
        found = read_json(diagnosed).origin
        require_same(diagnosed, found, shown.file.origin, f"mevdm diagnose {path}")
        require_parents(diagnosed, found, shown.file.origin.parents, f"mevdm diagnose {path}")
    first, second = (build_posterior(config, options.tables) for config in configs)
    draws = {name: earlier.file.samples(name) for name in first.priors}
    say(f"first page: the later data at {earlier.file.samples(next(iter(draws))).size} draws of {plan.earlier.run}")
    log_likelihoods = later_log_likelihoods(first, second, draws, np.random.default_rng(FIRST_PAGE_SEED))
    files = [folder / name for folder in folders for name in ("posterior.nc", "diagnostics.json")]
    parents = {f"{path.parent.name}/{path.name}": digest(path) for path in files}
    modules = ["workflow.inference.comparisons.first_page"]
    origin = origin_without_run("first_page", modules, parents, plan.model_dump_json())
    write_first_page(plan, earlier, later, log_likelihoods, origin, options.out or options.results / "default")


def hypotheses(options: argparse.Namespace) -> None:
    """Compare rival explanations of the line."""
    from workflow.inference.comparisons import comparison_file, hypotheses

    rivals = comparison_file.load(options.comparison, comparison_file.Rivals)
    origin = origin_without_run(
        "hypotheses",
        ["workflow.inference.comparisons.hypotheses"],
        hypotheses.parents(rivals, options.out),
        rivals.model_dump_json(),
    )
    hypotheses.write_hypotheses(rivals, options.out, origin)
