rule report:
    """One self-contained HTML file."""
    input:
        config="config/{run}.yaml",
        posterior="results/{run}/posterior.nc",
        diagnostics="results/{run}/diagnostics.json",
        evidence="results/{run}/evidence.json",
        reproduction="results/planes/reproduction.csv",
        figures=expand("results/{{run}}/figures/{name}.png", name=FIGURES),
        code=sources("workflow.inference.report"),
        templates=TEMPLATES,
    output:
        report(
            "results/{run}/report.html",
            caption="../report/report.rst",
            category="{run}",
        ),
    log:
        "results/{run}/logs/report.log",
    benchmark:
        "results/{run}/benchmarks/report.tsv"
    shell:
        "mevdm report {input.config} --posterior {input.posterior} --diagnostics {input.diagnostics}"
        " --evidence {input.evidence}"
        " --figures results/{wildcards.run}/figures --reproduction {input.reproduction} --out {output} 2>&1 | tee {log}"


rule judge:
    """Fails if the chains have not converged, unless the config accepts that; by then the report says why."""
    input:
        config="config/{run}.yaml",
        diagnostics="results/{run}/diagnostics.json",
        report="results/{run}/report.html",
    output:
        touch("results/{run}/judged"),
    log:
        "results/{run}/logs/judge.log",
    benchmark:
        "results/{run}/benchmarks/judge.tsv"
    shell:
        "mevdm diagnose {input.config} --check {input.diagnostics} 2>&1 | tee {log}"
