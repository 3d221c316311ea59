ATLAS = {
    "radial_profile": "511 keV line",
    "required_cross_section": "511 keV line",
    "in_flight": "511 keV line",
    "injection_energy": "511 keV line",
    "coupling_plane_2008": "kinetic mixing",
    "coupling_plane_modern": "kinetic mixing",
    "n_eff": "cosmology",
    "yield_plane": "kinetic mixing",
    "mass_relation": "spectrum",
}


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
                caption="../report/atlas.rst",
                category=category,
                labels={"figure": name},
            )
            for name, category in ATLAS.items()
        ],
        pdf=multiext("results/atlas/", *(f"{name}.pdf" for name in ATLAS)),
    log:
        "results/atlas/logs/atlas.log",
    benchmark:
        "results/atlas/benchmarks/atlas.tsv"
    shell:
        "mevdm atlas --tables results/tables --out results/atlas 2>&1 | tee {log}"
