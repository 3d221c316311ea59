rule sample:
    """Independent emcee ensembles, as parallel processes; extends itself until converged or capped, resumes if killed."""
    input:
        config=ancient("config/{run}.yaml"),
        tables="results/{run}/tables.json",
        code=run_sources("run.assembly", "sampling.ensembles"),
    output:
        directory("results/{run}/chains"),
    log:
        "results/{run}/logs/sample.log",
    benchmark:
        "results/{run}/benchmarks/sample.tsv"
    threads: 4
    resources:
        mem_mb=growing(4000),
        runtime=growing(180),
    params:
        shaping=shaping,
    message:
        "rule sample: {wildcards.run}"
    shell:
        "mevdm sample {input.config} --tables results/tables --out {output}"
        " --checkpoint results/{wildcards.run}/.checkpoint --cores {threads} 2>&1 | tee {log}"
