rule report:
    """One self-contained HTML file."""
    input:
        config="config/{run}.yaml",
        bases=bases,
        posterior="results/{run}/posterior.nc",
        diagnostics="results/{run}/diagnostics.json",
        evidence="results/{run}/evidence.json",
        reproduction="results/planes/reproduction.csv",
        figures=expand("results/{{run}}/figures/{name}.png", name=FIGURES),
        asked="results/{run}/figures/asked",
        extras=asked_for,
        code=sources("workflow.inference.report.report"),
        templates=TEMPLATES,
        captions=CAPTIONS,
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
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    message:
        "rule report: {wildcards.run}"
    shell:
        "mevdm report {input.config} --posterior {input.posterior} --diagnostics {input.diagnostics}"
        " --evidence {input.evidence}"
        " --figures results/{wildcards.run}/figures --reproduction {input.reproduction} --out {output} 2>&1 | tee {log}"


rule profile:
    """Profile likelihood beside the posterior, in planes of couplings and masses: minutes, so only when asked for."""
    input:
        config=ancient("config/{run}.yaml"),
        chains="results/{run}/chains",
        posterior="results/{run}/posterior.nc",
        code=run_sources(
            "run.assembly", "estimates.profile_likelihood", "figures.profile"
        ),
    output:
        npz="results/{run}/profile.npz",
        files=multiext("results/{run}/figures/profile.", *KINDS),
        png=report(
            "results/{run}/figures/profile.png",
            caption="../inference/figures/captions/profile.rst",
            category="{run}",
            labels={"figure": "profile"},
        ),
    log:
        "results/{run}/logs/profile.log",
    benchmark:
        "results/{run}/benchmarks/profile.tsv"
    threads: 1
    resources:
        mem_mb=growing(3600),
        runtime=growing(60),
    params:
        shaping=shaping,
        folder=subpath(output.png, parent=True),
    message:
        "rule profile: {wildcards.run}"
    shell:
        "mevdm profile {input.config} --tables results/tables --chains {input.chains} --posterior {input.posterior}"
        " --out {output.npz} --figures {params.folder} 2>&1 | tee {log}"


rule cross_check:
    """The posterior again by brute force and nested sampling: minutes, and an extra to install; only when asked for."""
    input:
        config=ancient("config/{run}.yaml"),
        posterior="results/{run}/posterior.nc",
        diagnostics="results/{run}/diagnostics.json",
        evidence="results/{run}/evidence.json",
        code=run_sources("run.assembly", "judgement.cross_check"),
    output:
        "results/{run}/cross_check.json",
    log:
        "results/{run}/logs/cross_check.log",
    benchmark:
        "results/{run}/benchmarks/cross_check.tsv"
    threads: 1
    resources:
        mem_mb=growing(3600),
        runtime=growing(120),
    params:
        shaping=shaping,
    message:
        "rule cross_check: {wildcards.run}"
    shell:
        "mevdm cross-check {input.config} --tables results/tables --posterior {input.posterior}"
        " --diagnostics {input.diagnostics} --evidence {input.evidence} --out {output} 2>&1 | tee {log}"


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
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    message:
        "rule judge: {wildcards.run}"
    shell:
        "mevdm diagnose {input.config} --check {input.diagnostics} 2>&1 | tee {log}"
