rule reproduction:
    """Kinetic-mixing plane of all experiments on its own, and our edges beside the published ones."""
    input:
        data="likelihoods/data/kinetic_mixing_experiments.yaml",
        captions=CAPTIONS,
        code=sources("workflow.inference.atlas.mixing_plane"),
    output:
        csv=report(
            "results/planes/reproduction.csv",
            caption="../report/reproduction.rst",
            category="kinetic mixing",
        ),
        png=report(
            "results/planes/kinetic_mixing_plane.png",
            caption="../inference/figures/captions/kinetic_mixing_plane.rst",
            category="kinetic mixing",
        ),
        files=multiext("results/planes/kinetic_mixing_plane.", *KINDS),
    log:
        "results/planes/logs/planes.log",
    benchmark:
        "results/planes/benchmarks/planes.tsv"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    params:
        folder=subpath(output.csv, parent=True),
    message:
        "rule reproduction:"
    shell:
        "mevdm planes --tables results/tables --out {params.folder} 2>&1 | tee {log}"


rule plane:
    """Kinetic-mixing plane with the posterior of a run on top."""
    input:
        config=ancient("config/{run}.yaml"),
        posterior="results/{run}/posterior.nc",
        diagnostics="results/{run}/diagnostics.json",
        reproduction="results/planes/reproduction.csv",  # made with the tables that this figure needs too
        captions=CAPTIONS,
        code=run_sources("atlas.mixing_plane"),
    output:
        png=report(
            "results/{run}/figures/kinetic_mixing_plane.png",
            caption="../inference/figures/captions/kinetic_mixing_plane.rst",
            category="{run}",
            labels={"figure": "kinetic_mixing_plane"},
        ),
        files=multiext("results/{run}/figures/kinetic_mixing_plane.", *KINDS),
    log:
        "results/{run}/logs/plane.log",
    benchmark:
        "results/{run}/benchmarks/plane.tsv"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    params:
        shaping=shaping,
        folder=subpath(output.png, parent=True),
    message:
        "rule plane: {wildcards.run}"
    shell:
        "mevdm figures {input.config} --part plane --posterior {input.posterior} --diagnostics {input.diagnostics}"
        " --tables results/tables --out {params.folder} 2>&1 | tee {log}"
