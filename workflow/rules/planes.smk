rule reproduction:
    """Kinetic-mixing plane of all experiments on its own, and our edges beside the published ones."""
    input:
        data="likelihoods/data/kinetic_mixing_experiments.yaml",
        code=sources("workflow.inference.mixing_plane"),
    output:
        csv=report(
            "results/planes/reproduction.csv",
            caption="../report/reproduction.rst",
            category="kinetic mixing",
        ),
        png=report(
            "results/planes/kinetic_mixing_plane.png",
            caption="../report/kinetic_mixing_plane.rst",
            category="kinetic mixing",
        ),
        pdf="results/planes/kinetic_mixing_plane.pdf",
    log:
        "results/planes/logs/planes.log",
    benchmark:
        "results/planes/benchmarks/planes.tsv"
    params:
        folder=subpath(output.csv, parent=True),
    shell:
        "mevdm planes --tables results/tables --out {params.folder} 2>&1 | tee {log}"
