ATLAS = keys_of("workflow.inference.atlas.atlas", "FIGURES")


rule draw_atlas:
    """Figures of the physics that need no run."""
    input:
        data=sorted(
            os.path.relpath(p) for p in (ROOT / "likelihoods" / "data").glob("*.yaml")
        ),
        code=sources("workflow.inference.atlas.atlas"),
    output:
        png=[
            report(
                f"results/atlas/{name}.png",
                caption=f"../inference/atlas/captions/{name}.rst",
                category="atlas",
                labels={"figure": name},
            )
            for name in ATLAS
        ],
        files=expand("results/atlas/{name}.{kind}", name=ATLAS, kind=KINDS),
    log:
        "results/atlas/logs/atlas.log",
    benchmark:
        "results/atlas/benchmarks/atlas.tsv"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    message:
        "rule draw_atlas:"
    shell:
        "mevdm atlas --tables results/tables --out results/atlas 2>&1 | tee {log}"


# `--config runs=NAME,NAME`: runs of any model and era whose figures the gallery shows as well.
GALLERY_RUNS = [name for name in str(config.get("runs", "")).split(",") if name]


rule gallery_page:
    """Figures of the field with commands and captions, and published numbers beside ours."""
    input:
        posteriors=expand("results/{run}/posterior.nc", run=GALLERY_RUNS),
        figures=expand(
            "results/{run}/figures/{name}.png",
            run=GALLERY_RUNS,
            name=("corner", "corner_derived", "kinetic_mixing_plane"),
        ),
        atlas=expand("results/atlas/{name}.png", name=ATLAS),
        plane="results/planes/kinetic_mixing_plane.png",
        reproduction="results/planes/reproduction.csv",
        code=sources("workflow.inference.gallery.gallery"),
        templates=TEMPLATES,
        captions=CAPTIONS,
    output:
        "results/gallery/index.html",
        csv="results/gallery/paper_statements.csv",
        targets="results/gallery/relic_targets.csv",
    log:
        "results/gallery/logs/gallery.log",
    benchmark:
        "results/gallery/benchmarks/gallery.tsv"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    params:
        runs=GALLERY_RUNS,
    message:
        "rule gallery_page:"
    shell:
        "mevdm gallery --tables results/tables --out results/gallery --runs {params.runs} 2>&1 | tee {log}"
