rule summarise:
    """posterior.nc and diagnostics: what the chains say, and whether to believe them."""
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


rule figures:
    """Figures for screen and print, and the table of numbers."""
    input:
        config="config/{run}.yaml",
        posterior="results/{run}/posterior.nc",
        diagnostics="results/{run}/diagnostics.json",
        code=sources("workflow.inference.figures", "workflow.inference.summary_tables"),
    output:
        pdf=multiext("results/{run}/figures/", *(f"{name}.pdf" for name in FIGURES)),
        png=[
            report(
                f"results/{{run}}/figures/{name}.png",
                caption=f"../report/{name}.rst",
                category="{run}",
                labels={"figure": name},
            )
            for name in FIGURES
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
    params:
        folder=subpath(output.tex, parent=True),
    shell:
        "mevdm figures {input.config} --posterior {input.posterior} --diagnostics {input.diagnostics}"
        " --out {params.folder}/figures --summary {output.csv} 2>&1 | tee {log}"
