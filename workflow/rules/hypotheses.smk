with open("config/comparisons/hypotheses.yaml", encoding="utf-8") as stream:
    RIVALS = yaml.safe_load(stream)


rule rival:
    """Evidence of one explanation of the line with the data of one era, without chains."""
    input:
        config="config/{run}.yaml",
        comparison="config/comparisons/hypotheses.yaml",
        code=run_sources("assembly", "evidence"),
    output:
        "results/hypotheses/{era}/{run}.json",
    log:
        "results/hypotheses/logs/{era}_{run}.log",
    benchmark:
        "results/hypotheses/benchmarks/{era}_{run}.tsv"
    params:
        changes=lambda wildcards: " ".join(
            f"--set {change}" for change in RIVALS["eras"][wildcards.era]
        ),
    shell:
        "mevdm evidence {input.config} --tables results/tables --pilots {params.changes} --out {output} 2>&1 | tee {log}"


rule rivals:
    """Bayes factors of all explanations, and the rates that sources need against those that there are."""
    input:
        comparison="config/comparisons/hypotheses.yaml",
        evidences=expand(
            "results/hypotheses/{era}/{run}.json",
            era=RIVALS["eras"],
            run=RIVALS["hypotheses"].values(),
        ),
        code=sources("workflow.inference.hypotheses"),
        templates=TEMPLATES,
    output:
        report(
            "results/hypotheses/hypotheses.html",
            caption="../report/hypotheses.rst",
            category="511 keV line",
        ),
        tables=multiext("results/hypotheses/", "bayes_factors.csv", "source_rates.csv"),
        figure=multiext("results/hypotheses/", "evidence.png", "evidence.pdf"),
    log:
        "results/hypotheses/logs/hypotheses.log",
    benchmark:
        "results/hypotheses/benchmarks/hypotheses.tsv"
    shell:
        "mevdm hypotheses {input.comparison} --out results/hypotheses 2>&1 | tee {log}"
