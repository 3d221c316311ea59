with open("config/comparisons/first_page.yaml", encoding="utf-8") as stream:
    FIRST_PAGE = yaml.safe_load(stream)
THEN_AND_NOW = [FIRST_PAGE[when]["run"] for when in ("earlier", "later")]


rule index:
    """All runs that are there on one page, with a comparison of any two."""
    input:
        posteriors=expand("results/{run}/posterior.nc", run=THEN_AND_NOW),
        diagnostics=expand("results/{run}/diagnostics.json", run=THEN_AND_NOW),
        evidences=expand("results/{run}/evidence.json", run=THEN_AND_NOW),
        reports=expand("results/{run}/report.html", run=THEN_AND_NOW),
        code=sources("workflow.inference.report.run_index"),
        templates=TEMPLATES,
    output:
        "results/index.html",
    log:
        "results/logs/index.log",
    benchmark:
        "results/benchmarks/index.tsv"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    message:
        "rule index:"
    shell:
        "mevdm index --out {output} 2>&1 | tee {log}"


rule first_page:
    """What the data of 2008 allowed beside what is allowed today, and which later datum closes what is lost."""
    input:
        comparison="config/comparisons/first_page.yaml",
        configs=ancient(expand("config/{run}.yaml", run=THEN_AND_NOW)),
        posteriors=expand("results/{run}/posterior.nc", run=THEN_AND_NOW),
        diagnostics=expand("results/{run}/diagnostics.json", run=THEN_AND_NOW),
        planes=expand(
            "results/{run}/figures/kinetic_mixing_plane.png", run=THEN_AND_NOW
        ),
        code=sorted(
            {
                path
                for run in THEN_AND_NOW
                for path in sources_of(run, "run.assembly", "comparisons.first_page")
            }
        ),
        templates=TEMPLATES,
    output:
        report(
            "results/default/index.html",
            caption="../report/first_page.rst",
            category="2008 and today",
        ),
        json="results/default/first_page.json",
        csv="results/default/lost_pieces.csv",
        png=report(
            "results/default/corner.png",
            caption="../report/first_page_corner.rst",
            category="2008 and today",
        ),
        files=multiext("results/default/corner.", *KINDS),
    log:
        "results/default/logs/first_page.log",
    benchmark:
        "results/default/benchmarks/first_page.tsv"
    threads: 1
    resources:
        mem_mb=growing(3600),
        runtime=growing(30),
    params:
        folder=subpath(output.json, parent=True),
    message:
        "rule first_page:"
    shell:
        "mevdm first-page {input.comparison} --results results --tables results/tables --out {params.folder}"
        " 2>&1 | tee {log}"
