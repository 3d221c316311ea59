"""Runs that are well formed and mean nothing, and settings out of range: each is refused with a line, none is run."""

import pytest

from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.run_file import check_name

ONLY = "likelihoods={%s}"
LINE, DEFAULT = "line_p_wave", "hooper_zurek_2008_paper"


def faults(path, *overrides):
    with pytest.raises(ConfigError) as caught:
        load(path, overrides)
    return caught.value.faults


@pytest.mark.parametrize(
    "name", ["tables", "planes", "atlas", "verdict", "hypotheses", "default", "Tables", "a b", "a.b", "", "é", "-/"]
)
def test_a_name_that_is_not_that_of_a_run_is_refused(name):
    with pytest.raises(ConfigError, match="of the run"):
        check_name(name)


def test_names_of_shipped_runs_are_fine(tmp_path, config_file):
    check_name("hooper_zurek_2008-b")
    reserved = tmp_path / "planes.yaml"
    reserved.write_text(config_file(DEFAULT).read_text())
    (line,) = faults(reserved)
    assert "the name 'planes' of the run is that of another folder of results" in line


@pytest.mark.parametrize(
    "run, overrides, words",
    [
        # no data
        (DEFAULT, ("likelihoods={}",), "likelihoods: none; allowed: at least one"),
        # the same data twice
        (DEFAULT, ("likelihoods.morphology_511kev.era=2008",), "flux_511kev and likelihoods.morphology_511kev: both"),
        (DEFAULT, (ONLY % "electron_g2: , likelihoods.electron_g2: ",), "both hold data on delta_a_e"),
        (DEFAULT, (ONLY % "direct_detection: , likelihoods.direct_detection: ",), "are the same likelihood"),
        # a constant
        (DEFAULT, ("likelihoods.atomic_parity_violation=",), "likelihoods.atomic_parity_violation: is -"),
        (DEFAULT, ("likelihoods.neutrino_electron_scattering=",), "likelihoods.neutrino_electron_scattering: is -"),
        # parameters that nothing reads
        (DEFAULT, ("galaxy.profile=burkert",), "parameters.gamma: sampled, but galaxy.profile burkert does not read"),
        (
            DEFAULT,
            ("parameters.einasto_alpha={prior: uniform, min: 0.1, max: 0.3}",),
            "parameters.einasto_alpha: sampled, but galaxy.profile gnfw does not read it",
        ),
        (
            LINE,
            ("likelihoods.injection_energy.era=modern_upper",),
            "parameters.x_ion: sampled, but no likelihood reads",
        ),
        (
            DEFAULT,
            (ONLY % "rotation_curve: ", "parameters.f_ps.fixed=1", "parameters.chi.fixed=1e-4"),
            "parameters.lambda: sampled, but no likelihood reads it",
        ),
        (DEFAULT, (ONLY % "electron_g2: ",), "parameters.f_ps: sampled, but no likelihood reads it; allowed: fixed"),
        (DEFAULT, (ONLY % "relic_abundance: ",), "parameters.rho_sun_gev_cm3: sampled, but no likelihood reads it"),
        (
            DEFAULT,
            ("galaxy.velocity=maxwell", "parameters.baryon_scale={prior: uniform, min: 0.5, max: 1.5}"),
            "parameters.baryon_scale: sampled, but nothing depends on the baryons",
        ),
        # options that change nothing
        (LINE, ("cosmology.final_states=tree",), "cosmology.final_states: 'tree' changes nothing"),
        (LINE, ("cosmology.thermal_bath=standard",), "cosmology.thermal_bath: 'standard' changes nothing"),
        (LINE, ("line.positrons_from=every_channel",), "line.positrons_from: 'every_channel' changes nothing"),
        (LINE, ("line.extent=true",), "line.extent: True changes nothing"),
        (DEFAULT, ("galaxy.v0_km_s=230",), "galaxy.v0_km_s: 230.0; read with velocity maxwell only"),
        (DEFAULT, ("model.charges=hypercharge", "model.tan_beta=5"), "model.tan_beta: 5; read with charges"),
        (DEFAULT, ("model.charges=hypercharge", "model.lsp.m_lsp_gev=5"), "does not decay with charges hypercharge"),
        (DEFAULT, ("model.lsp.m1_gev=500",), "lsp.m1_gev: 500; not read for a neutralino, leave it out"),
        (DEFAULT, ("model.lsp={kind: slepton, n11: 0.5}",), "lsp.n11: 0.5; not read for a slepton, leave it out"),
        (DEFAULT, ("likelihoods.kinetic_mixing.exact_tree=true",), "exact_tree: True; read by no experiment in use"),
        (DEFAULT, ("likelihoods.kinetic_mixing.na64_data=2019",), "na64_data: 2019; read by no experiment in use"),
        (DEFAULT, ("likelihoods.kinetic_mixing.reading=published",), "reading: 'published'; read by no experiment"),
        (
            DEFAULT,
            ("likelihoods.flux_511kev={rate_convention: paper, theory_error: 0.2}",),
            "rate_convention flux only",
        ),
        (
            DEFAULT,
            ("likelihoods.n_eff.modern_data=act_spt_planck_2026",),
            "modern_data: 'act_spt_planck_2026'; read in",
        ),
        (
            LINE,
            ("likelihoods.injection_energy={era: modern_upper, processes: internal}",),
            "processes: 'internal'; read",
        ),
        (
            LINE,
            ("likelihoods.injection_energy={era: modern_upper, positrons: predicted}",),
            "positrons: 'predicted'; r",
        ),
        # priors without a valid point
        (DEFAULT, ("parameters.lambda={prior: uniform, min: 6, max: 9}",), "no point is valid"),
        (DEFAULT, ("parameters.f_ps.fixed=1.5",), "1.5; allowed: within [0, 1], as it is a fraction of a whole"),
        (
            DEFAULT,
            ("parameters.chi.fixed=2",),
            "2; allowed: within [1e-25, 1), as gravity is stronger below, and kinetic terms",
        ),
        (DEFAULT, ("parameters.g.fixed=-1",), "-1; allowed: within [1e-25, 12.5664], as gravity is stronger below"),
    ],
)
def test_a_run_that_means_nothing_is_refused(run, overrides, words, config_file):
    lines = faults(config_file(run), *overrides)
    assert any(words in line for line in lines), lines


@pytest.mark.parametrize(
    "overrides",
    [
        ("model.charges=hypercharge", "likelihoods.atomic_parity_violation="),  # its couplings are axial
        ("model.charges=hypercharge", "likelihoods.neutrino_electron_scattering="),
        ("model.lsp={kind: slepton, m1_gev: 500}",),
        ("model.lsp.n11=0.5",),
        ("galaxy.velocity=maxwell", "galaxy.v0_km_s=230"),
        ("likelihoods.kinetic_mixing={era: 2008, include: all, exact_tree: true}",),
        ("galaxy.profile=burkert", "parameters.gamma.fixed=1"),
        (
            "galaxy.profile=einasto",
            "parameters.gamma.fixed=1",
            "parameters.einasto_alpha={prior: uniform, min: 0.1, max: 0.3}",
        ),
    ],
)
def test_what_has_an_effect_is_not_refused(overrides, config_file):
    assert load(config_file(DEFAULT), overrides).priors


OUT_OF_RANGE = [
    *(f"sampler.{name}={value}" for name in ("ensembles", "walkers", "steps", "burn_in") for value in (0, "1e30", -4)),
    *(f"sampler.{name}={value}" for name in ("max_rhat", "target_ess") for value in (0, "1e30", -1, ".nan")),
    *("sampler.seed=1e300", "sampler.global_fraction=1.5", "sampler.surveys=60", "sampler.pilot_particles=1e20"),
    *("model.lambda_uv_gev=1e300", "model.lambda_uv_gev=0", "model.lambda_uv_gev=1e20", "model.tan_beta=1e300"),
    *("model.m1_tev=1e300", "model.m1_tev=-1", "model.lsp.m_lsp_gev=1e400", "model.lsp.tracker_radius_m=0"),
    *(
        f"galaxy.{name}={value}"
        for name in ("bulge_mass_msun", "disk_mass_msun", "r_max_kpc")
        for value in ("1e300", -1)
    ),
    *("galaxy.aperture_deg=181", "galaxy.bulge_scale_kpc=1e-300", "galaxy.disk_scale_kpc=1e300"),
    *("likelihoods.flux_511kev.theory_error=1e300", "likelihoods.relic_abundance.theory_error=11"),
    *("likelihoods.kinetic_mixing.sn1987a_depth=1e300", "report.prior_draws=1e12", "report.posterior_draws=99"),
]
NOT_A_NUMBER = ["1:04", "1_000", "'64'", "yes", "true", "[64]", "{a: 64}", "0b11", "64 walkers", "\u0666\u0664", "null"]
NOT_A_TRUTH = ["yes", "on", "1", "0", "'true'", "y", "T", "[true]", "1.0"]
HALVES = ["64.5", ".5"]


@pytest.mark.parametrize(
    "override",
    [
        *OUT_OF_RANGE,
        *(f"sampler.walkers={value}" for value in (*NOT_A_NUMBER, *HALVES)),
        *(f"galaxy.aperture_deg={value}" for value in NOT_A_NUMBER),
        *(f"report.prior_draws={value}" for value in (*NOT_A_NUMBER, *HALVES)),
        *(f"parameters.r_s_kpc.fixed={value}" for value in NOT_A_NUMBER),
        *(f"parameters.g.min={value}" for value in NOT_A_NUMBER),
        *(f"likelihoods.flux_511kev.theory_error={value}" for value in NOT_A_NUMBER),
        *(f"line.extent={value}" for value in NOT_A_TRUTH),
        *(f"report.profile={value}" for value in NOT_A_TRUTH),
        *(f"model.higgs_doublets={value}" for value in NOT_A_TRUTH),
        *(f"sampler.accept_unconverged={value}" for value in NOT_A_TRUTH),
        *("description=3", "description=true", "description=[x]", "model.reading=1", "model.spectrum=3", "model=[]"),
    ],
)
def test_a_value_of_another_kind_or_size_is_refused_by_its_key(override, config_file):
    key = override.partition("=")[0].removesuffix(".min")
    lines = faults(config_file(DEFAULT), override)
    assert any(f".yaml: {key}" in line for line in lines), lines
    assert all(len(line) < 600 for line in lines)


def test_a_whole_number_may_be_written_as_a_decimal(config_file):
    config = load(config_file(DEFAULT), ("sampler.walkers=64.0", "sampler.survey_draws=2e4", "sampler.burn_in=040"))
    assert (config.sampler.walkers, config.sampler.survey_draws, config.sampler.burn_in) == (64, 20_000, 40)
    assert all(type(getattr(config.sampler, name)) is int for name in ("walkers", "survey_draws", "burn_in"))
