rule tables:
    """Degrees of freedom and J-factors, from first principles; shared by all runs that agree on them."""
    input:
        config=ancient("config/{run}.yaml"),
        code=run_sources("run.assembly"),
    output:
        "results/{run}/tables.json",
    log:
        "results/{run}/logs/tables.log",
    benchmark:
        "results/{run}/benchmarks/tables.tsv"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(20),
    params:
        shaping=shaping,
    message:
        "rule tables: {wildcards.run}"
    shell:
        "mevdm tables {input.config} --tables results/tables --out {output} 2>&1 | tee {log}"
