rule tables:
    """Degrees of freedom and J-factors, from first principles; shared by all runs that agree on them."""
    input:
        config="config/{run}.yaml",
        code=sources("workflow.inference.run.tables"),
    output:
        "results/{run}/tables.json",
    log:
        "results/{run}/logs/tables.log",
    benchmark:
        "results/{run}/benchmarks/tables.tsv"
    message:
        "rule tables: {wildcards.run}"
    shell:
        "mevdm tables {input.config} --tables results/tables --out {output} 2>&1 | tee {log}"
