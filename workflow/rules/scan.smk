rule scan:
    """Every shard of the scan that the config of a run asks for."""
    input:
        shards_of,
    output:
        touch("results/{run}/scan/complete"),


rule scan_shard:
    """Some of the points of a scan."""
    input:
        config=ancient("config/{run}.yaml"),
        tables="results/{run}/tables.json",
        points=points_of,
        code=run_sources("run.assembly", "scan.shards"),
    output:
        "results/{run}/scan/shard_{shard}.parquet",
    log:
        "results/{run}/logs/scan_shard_{shard}.log",
    benchmark:
        "results/{run}/benchmarks/scan_shard_{shard}.tsv"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(60),
    params:
        shaping=shaping,
        scan=lambda wildcards: json.dumps(scan_of(wildcards.run), sort_keys=True),
        folder=subpath(output[0], parent=True),
    message:
        "rule scan_shard: {wildcards.run} {wildcards.shard}"
    shell:
        "mevdm scan {input.config} --tables results/tables --shard {wildcards.shard} --out {params.folder}"
        " 2>&1 | tee {log}"


rule scan_maps:
    """Profile and exclusion maps of a scan."""
    input:
        config="config/{run}.yaml",
        bases=bases,
        shards=shards_of,
        code=run_sources("scan.shards", "scan.maps", "scan.map_figure"),
        caption="workflow/inference/scan/captions/maps.rst",
    output:
        png=report(
            "results/{run}/scan/maps.png",
            caption="../inference/scan/captions/maps.rst",
            category="{run}",
            labels={"figure": "scan maps"},
        ),
        files=expand("results/{{run}}/scan/maps.{kind}", kind=KINDS),
        cells="results/{run}/scan/cells.csv",
    log:
        "results/{run}/logs/scan_maps.log",
    benchmark:
        "results/{run}/benchmarks/scan_maps.tsv"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(20),
    params:
        folder=subpath(output.png, parent=True),
    message:
        "rule scan_maps: {wildcards.run}"
    shell:
        "mevdm scan-maps {input.config} --scan {params.folder} --out {params.folder} 2>&1 | tee {log}"
