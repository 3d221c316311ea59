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


rule gallery_page:
    """Figures of the field with commands and captions, and published numbers beside ours."""
    input:
        atlas=expand("results/atlas/{name}.png", name=ATLAS),
        plane="results/planes/kinetic_mixing_plane.png",
        reproduction="results/planes/reproduction.csv",
        code=sources("workflow.inference.gallery.gallery"),
        templates=TEMPLATES,
        captions=CAPTIONS,
    output:
        "results/gallery/index.html",
        csv="results/gallery/paper_statements.csv",
    log:
        "results/gallery/logs/gallery.log",
    benchmark:
        "results/gallery/benchmarks/gallery.tsv"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    message:
        "rule gallery_page:"
    shell:
        "mevdm gallery --out results/gallery 2>&1 | tee {log}"
