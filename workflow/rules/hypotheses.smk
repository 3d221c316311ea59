import shlex

with open("config/comparisons/hypotheses.yaml", encoding="utf-8") as stream:
    RIVALS = yaml.safe_load(stream)


# The overrides of each era, as options of a command.
CHANGES = {
    era: " ".join(f"--set {shlex.quote(change)}" for change in changes)
    for era, changes in RIVALS["eras"].items()
}


rule truth:
    """What COSI would see if the best fit of one explanation to the data of an era were true."""
    input:
        config=lambda wildcards: f"config/{RIVALS['truths'][wildcards.era]['run']}.yaml",
        comparison="config/comparisons/hypotheses.yaml",
        code=lambda wildcards: sources_of(
            RIVALS["truths"][wildcards.era]["run"],
            "run.assembly",
            "comparisons.asimov",
        ),
    output:
        "results/hypotheses/{era}/truth.txt",
    log:
        "results/hypotheses/logs/{era}_truth.log",
    benchmark:
        "results/hypotheses/benchmarks/{era}_truth.tsv"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        changes=lambda wildcards: CHANGES[RIVALS["truths"][wildcards.era]["era"]],
    message:
        "rule truth: {wildcards.era}"
    shell:
        "mevdm asimov {input.config} --tables results/tables {params.changes} --out {output} 2>&1 | tee {log}"


rule rival:
    """Evidence of one explanation of the line with the data of one era, without chains."""
    input:
        config="config/{run}.yaml",
        comparison="config/comparisons/hypotheses.yaml",
        truth=lambda wildcards: (
            [f"results/hypotheses/{wildcards.era}/truth.txt"]
            if wildcards.era in RIVALS["truths"]
            else []
        ),
        code=run_sources("run.assembly", "judgement.evidence"),
    output:
        "results/hypotheses/{era}/{run}.json",
    log:
        "results/hypotheses/logs/{era}_{run}.log",
    benchmark:
        "results/hypotheses/benchmarks/{era}_{run}.tsv"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        changes=lambda wildcards: CHANGES[wildcards.era],
        truth=lambda wildcards, input: (
            f'--set "$(cat {input.truth})"' if input.truth else ""
        ),
    message:
        "rule rival: {wildcards.era} {wildcards.run}"
    shell:
        "mevdm evidence {input.config} --tables results/tables --pilots {params.changes} {params.truth} --out {output}"
        " 2>&1 | tee {log}"


rule rivals:
    """Bayes factors of all explanations, and the rates that sources need against those that there are."""
    input:
        comparison="config/comparisons/hypotheses.yaml",
        evidences=expand(
            "results/hypotheses/{era}/{run}.json",
            era=RIVALS["eras"],
            run=RIVALS["hypotheses"].values(),
        ),
        code=sources("workflow.inference.comparisons.hypotheses"),
        templates=TEMPLATES,
    output:
        report(
            "results/hypotheses/hypotheses.html",
            caption="../report/hypotheses.rst",
            category="511 keV line",
        ),
        tables=multiext("results/hypotheses/", "bayes_factors.csv", "source_rates.csv"),
        figure=multiext("results/hypotheses/evidence.", "png", *KINDS),
    log:
        "results/hypotheses/logs/hypotheses.log",
    benchmark:
        "results/hypotheses/benchmarks/hypotheses.tsv"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    message:
        "rule rivals:"
    shell:
        "mevdm hypotheses {input.comparison} --out results/hypotheses 2>&1 | tee {log}"
