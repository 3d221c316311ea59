rule combine:
    """posterior.nc: parameters, derived quantities, one log-likelihood column a term."""
    input:
        config=ancient("config/{run}.yaml"),
        chains="results/{run}/chains",
        code=run_sources("run.assembly", "estimates.combine"),
    output:
        "results/{run}/posterior.nc",
    log:
        "results/{run}/logs/combine.log",
    benchmark:
        "results/{run}/benchmarks/combine.tsv"
    threads: 1
    resources:
        mem_mb=growing(3600),
        runtime=growing(20),
    params:
        shaping=shaping,
    message:
        "rule combine: {wildcards.run}"
    shell:
        "mevdm combine {input.config} --tables results/tables --chains {input.chains} --out {output} 2>&1 | tee {log}"


rule evidence:
    """The evidence, with its error and the shape of its weights."""
    input:
        config=ancient("config/{run}.yaml"),
        chains="results/{run}/chains",
        code=run_sources("run.assembly", "judgement.evidence"),
    output:
        "results/{run}/evidence.json",
    log:
        "results/{run}/logs/evidence.log",
    benchmark:
        "results/{run}/benchmarks/evidence.tsv"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        shaping=shaping,
    message:
        "rule evidence: {wildcards.run}"
    shell:
        "mevdm evidence {input.config} --tables results/tables --chains {input.chains} --out {output} 2>&1 | tee {log}"


rule diagnose:
    """Whether to believe the chains. The verdict is written down here; rule judge acts on it."""
    input:
        config=ancient("config/{run}.yaml"),
        chains="results/{run}/chains",
        evidence="results/{run}/evidence.json",
        code=run_sources("run.assembly", "judgement.convergence"),
    output:
        "results/{run}/diagnostics.json",
    log:
        "results/{run}/logs/diagnose.log",
    benchmark:
        "results/{run}/benchmarks/diagnose.tsv"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        shaping=shaping,
    message:
        "rule diagnose: {wildcards.run}"
    shell:
        "mevdm diagnose {input.config} --tables results/tables --chains {input.chains} --evidence {input.evidence}"
        " --exit-zero --verbose --out {output} > {log} 2>&1 && tail -n 1 {log}"


rule draw:
    """Figures for screen and print, and the table of numbers."""
    input:
        config="config/{run}.yaml",
        bases=bases,
        posterior="results/{run}/posterior.nc",
        diagnostics="results/{run}/diagnostics.json",
        others=drawn_with,
        captions=CAPTIONS,
        code=sources(
            "workflow.inference.figures.run_figures",
            "workflow.inference.figures.requested",
            "workflow.inference.estimates.summary_tables",
        ),
    output:
        files=expand("results/{{run}}/figures/{name}.{kind}", name=DRAWN, kind=KINDS),
        asked=directory("results/{run}/figures/asked"),
        png=[
            report(
                f"results/{{run}}/figures/{name}.png",
                caption=f"../inference/figures/captions/{name}.rst",
                category="{run}",
                labels={"figure": name},
            )
            for name in DRAWN
        ],
        csv=report(
            "results/{run}/summary.csv",
            caption="../report/summary.rst",
            category="{run}",
        ),
        tex="results/{run}/summary.tex",
    log:
        "results/{run}/logs/figures.log",
    benchmark:
        "results/{run}/benchmarks/figures.tsv"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        folder=subpath(output.tex, parent=True),
    message:
        "rule draw: {wildcards.run}"
    shell:
        "mevdm figures {input.config} --part draws --posterior {input.posterior} --diagnostics {input.diagnostics}"
        " --out {params.folder}/figures --summary {output.csv} 2>&1 | tee {log}"
