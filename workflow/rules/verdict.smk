with open("config/comparisons/verdict.yaml", encoding="utf-8") as stream:
    ERAS = yaml.safe_load(stream)["eras"]
COMPARED = [run for runs in ERAS.values() for run in runs]


rule tension:
    """Whether two groups of a run's data agree about the model: evidences of each and of both."""
    input:
        config="config/{run}.yaml",
        tables="results/{run}/tables.json",
        comparison="config/comparisons/verdict.yaml",
        code=run_sources(
            "run.assembly", "comparisons.tension", "comparisons.comparison_file"
        ),
    output:
        "results/verdict/tension/{run}.json",
    log:
        "results/verdict/logs/tension_{run}.log",
    benchmark:
        "results/verdict/benchmarks/tension_{run}.tsv"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    message:
        "rule tension: {wildcards.run}"
    shell:
        "mevdm tension {input.config} --tables results/tables --comparison {input.comparison} --out {output}"
        " 2>&1 | tee {log}"


rule compare:
    """Posteriors of all eras on one corner, evidences, tensions, pulls, and what they say in words."""
    input:
        comparison="config/comparisons/verdict.yaml",
        posteriors=expand("results/{run}/posterior.nc", run=COMPARED),
        diagnostics=expand("results/{run}/diagnostics.json", run=COMPARED),
        evidences=expand("results/{run}/evidence.json", run=COMPARED),
        tensions=expand(
            "results/verdict/tension/{run}.json",
            run=[runs[0] for runs in ERAS.values()],
        ),
        code=sources("workflow.inference.comparisons.verdict"),
        templates=TEMPLATES,
    output:
        report(
            "results/verdict/verdict.html",
            caption="../report/verdict.rst",
            category="verdict",
        ),
        json="results/verdict/verdict.json",
        tables=multiext("results/verdict/", "evidence.csv", "pulls.csv"),
        png=[
            report(
                f"results/verdict/{name}.png",
                caption=f"../report/verdict_{name}.rst",
                category="verdict",
                labels={"figure": name},
            )
            for name in ("corner", "evidence")
        ],
        files=expand(
            "results/verdict/{name}.{kind}", name=("corner", "evidence"), kind=KINDS
        ),
    log:
        "results/verdict/logs/verdict.log",
    benchmark:
        "results/verdict/benchmarks/verdict.tsv"
    threads: 1
    resources:
        mem_mb=growing(3600),
        runtime=growing(30),
    params:
        folder=subpath(output.json, parent=True),
    message:
        "rule compare:"
    shell:
        "mevdm verdict {input.comparison} --results results --out {params.folder} 2>&1 | tee {log}"
