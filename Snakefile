"""model -> likelihoods -> samplers -> figures -> report, one run a config file.

    snakemake --cores all                                    what 2008 allowed and what is allowed today, to
                                                             results/default/index.html, with the reports of both runs
    snakemake --cores all results/minimal_2008/judged        any other file of config/: its report, and an error if it
                                                             has not converged (results/minimal_2008/report.html: the
                                                             report alone)
    snakemake --cores all results/minimal_2008/cross_check.json    the same posterior by other methods
    snakemake --cores all results/minimal_2008/profile.npz         profile likelihood and its figure
    snakemake --cores all results/smoke/scan/maps.png        many points, and what they exclude: a run whose config has
                                                             a section scan
    snakemake --cores all smoke                              a small run, to see that all works
    snakemake --cores all planes                             what every kinetic-mixing experiment excludes
    snakemake --cores all atlas                              figures of the physics that need no run
    snakemake --cores all gallery                            the same on one page, with published numbers beside ours
    snakemake --cores all figures                            figures and reports of the runs that are there, without
                                                             sampling
    snakemake --cores all hypotheses                         rival explanations of the 511 keV line: Bayes factors
    snakemake --cores all verdict                            does the model survive? 2008 against modern data, five runs

`snakemake --lint` asks for a conda environment or container for each rule. There is one environment for all of them, locked
with hashes in requirements.lock, which needs pip alone: that is its only complaint, and a test keeps it so.
"""

import atexit
import time

from snakemake.utils import min_version

min_version("9.0")
STARTED = time.time()


wildcard_constraints:
    run=r"[A-Za-z0-9_-]+",
    shard=r"\d+",


onsuccess:
    # What was made is the last thing that a reader sees, also after Snakemake's own last words: the verdict of each run,
    # and where its report is.
    if words := last_words(STARTED):
        atexit.register(print, *words, sep="\n")


rule all:
    default_target: True
    input:
        "results/default/index.html",
        "results/index.html",
        lambda _: expand("results/{run}/report.html", run=THEN_AND_NOW),
        lambda _: expand("results/{run}/judged", run=THEN_AND_NOW),


rule smoke:
    """A complete run with short chains, to see that everything works."""
    input:
        "results/smoke/report.html",
        "results/smoke/judged",


rule planes:
    """The kinetic-mixing plane and the reproduction table, without a run."""
    input:
        "results/planes/kinetic_mixing_plane.png",
        "results/planes/reproduction.csv",


rule atlas:
    """Figures of the physics and the data alone."""
    input:
        "results/atlas/n_eff.png",


rule gallery:
    """Figures of the field on one page, and published numbers beside ours."""
    input:
        "results/gallery/index.html",


rule hypotheses:
    """Rival explanations of the 511 keV line on the same data."""
    input:
        "results/hypotheses/hypotheses.html",


rule verdict:
    """The posteriors of 2008 and of today side by side, and what they say in words."""
    input:
        "results/verdict/verdict.html",


include: "workflow/rules/sources.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/scan.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/planes.smk"
include: "workflow/rules/summarise.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/atlas.smk"
include: "workflow/rules/hypotheses.smk"
include: "workflow/rules/verdict.smk"
include: "workflow/rules/first_page.smk"


rule figures:
    """Figures and reports again of every run whose posterior is there, without sampling, also after edits of code."""
    log:
        "results/figures.log",
    params:
        runs=with_posterior(),
    shell:
        "for run in {params.runs}; do mevdm figures config/$run.yaml --tables results/tables"
        " && mevdm report config/$run.yaml || exit $?; done 2>&1 | tee {log}"
