rule summarise:
    """posterior.nc, diagnostics, figures and tables of numbers."""
    input:
        config="config/{run}.yaml",
        chains="results/{run}/chains",
        code=run_sources("assembly", "combine", "convergence"),
    output:
        posterior="results/{run}/posterior.nc",
        diagnostics="results/{run}/diagnostics.json",
    log:
        "results/{run}/logs/summarise.log",
    benchmark:
        "results/{run}/benchmarks/summarise.tsv"
    shell:
        "( mevdm combine {input.config} --tables results/tables --chains {input.chains} --out {output.posterior}"
        " && mevdm diagnose {input.config} --tables results/tables --chains {input.chains} --out {output.diagnostics} )"
        " 2>&1 | tee {log}"
