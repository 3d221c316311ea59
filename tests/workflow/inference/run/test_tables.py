import numpy as np
import pytest
from numpy.testing import assert_array_equal

from model.physics.galaxy.annuli import AnnulusSettings
from model.physics.galaxy.halo import Galaxy
from model.physics.surroundings import Requirements
from workflow.inference.posterior.evaluation import evaluate
from workflow.inference.posterior.observables import ANNULI
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.tables import ROOT, SOURCES, annulus_table, table_paths
from workflow.inference.writing.sources import sources

PHYSICS = ROOT / "model" / "physics"
# The module that computes each table. The ridge needs the abundance alone, of all that its module imports.
COMPUTED_BY = {
    "thermal_history": "early_universe.thermal_history",
    "j_factors": "galaxy.j_factor",
    "annuli": "galaxy.annuli",
    "smeared_annuli": "galaxy.smeared_annuli",
    "extent": "galaxy.extent",
    "dump_yields": "searches.dump_yields",
    "relic_ridge": "early_universe.freeze_out",
}
WITHOUT_NUMBERS = {PHYSICS / "quantities.py", ROOT / "model" / "_deferred.py"}  # types, and imports that wait
SKY = "likelihoods={morphology_511kev: {era: modern}}"


def test_table_of_annuli_is_kept_under_its_galaxy_and_settings(tmp_path):
    galaxy, settings = Galaxy("burkert"), AnnulusSettings()
    built = annulus_table(galaxy, settings, tmp_path)
    path = table_paths(galaxy, tmp_path, required=Requirements(annuli=settings))["annuli"]
    assert list(tmp_path.iterdir()) == [path]
    assert_array_equal(annulus_table(galaxy, settings, tmp_path).ln_j, built.ln_j)
    others = ((galaxy, AnnulusSettings(4.0)), (galaxy, AnnulusSettings(2.7, 150.0)), (Galaxy(), settings))
    assert path not in [
        table_paths(other, tmp_path, required=Requirements(annuli=view))["annuli"] for other, view in others
    ]
    assert "annuli" not in table_paths(galaxy, tmp_path)


def test_each_table_has_a_path_that_follows_its_own_settings(tmp_path):
    narrow, wide = AnnulusSettings(), AnnulusSettings(4.0)

    def paths(annuli=narrow, extent=narrow, smeared=2.7, profile="gnfw"):
        required = Requirements(annuli=annuli, extent=extent, smeared_annuli_fwhm_deg=smeared)
        return table_paths(Galaxy(profile), tmp_path, required)

    before = paths()
    assert set(before) == {"thermal_history", "j_factors", "annuli", "extent", "smeared_annuli"}
    assert all(path.name.startswith(f"{kind}-") for kind, path in before.items())
    for changed, after in (
        ({"annuli"}, paths(annuli=wide)),
        ({"extent"}, paths(extent=wide)),
        ({"smeared_annuli"}, paths(smeared=4.0)),
        (set(before) - {"thermal_history"}, paths(profile="burkert")),
    ):
        assert {kind for kind in before if before[kind] != after[kind]} == changed
    assert set(paths(None, None, None)) == {"thermal_history", "j_factors"}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", SOURCES)
def test_a_table_is_computed_anew_after_an_edit_of_anything_that_it_is_computed_from(kind):
    listed = {PHYSICS / name for name in SOURCES[kind]}
    assert all(path.exists() for path in listed)
    used = {path for path in sources([f"model.physics.{COMPUTED_BY[kind]}"]) if path.name != "__init__.py"}
    assert not {path for path in used - WITHOUT_NUMBERS if not listed & {path, *path.parents}}


def test_a_run_sees_the_sky_as_its_likelihood_asks(config_file, tables_folder):
    config = load(config_file("hooper_zurek_2008_paper"), (SKY, "galaxy.profile=burkert", "parameters.gamma.fixed=1"))
    posterior = build_posterior(config, tables_folder)
    assert (posterior.surroundings.annuli.psf_fwhm_deg, posterior.surroundings.annuli.smearing_pc) == (2.7, 150.0)
    values = posterior.sample_prior_values(30, np.random.default_rng(3))
    found = evaluate(posterior, values)
    for column in ANNULI:
        assert_array_equal(np.isfinite(found.columns[column.name]), found.valid)
    total = np.sum([found.columns[column.name][found.valid] for column in ANNULI], axis=0)
    flux = found.columns["flux_511_bulge_ph_cm2_s"][found.valid]
    assert np.all(np.abs(total / flux - 1.0) < 0.02)


def test_other_runs_have_no_annuli(posterior_of):
    posterior = posterior_of("hooper_zurek_2008_paper")
    assert posterior.surroundings.annuli is None
    found = evaluate(posterior, posterior.sample_prior_values(5, np.random.default_rng(3)))
    assert not {column.name for column in ANNULI} & set(found.columns)


@pytest.mark.parametrize(
    "parameter, message",
    [
        (
            "einasto_alpha={prior: uniform, min: 0.05, max: 0.3}",
            r"einasto_alpha: reaches from 0.05 to 0.3; allowed: within",
        ),
        ("r_s_kpc={fixed: 1.0}", r"r_s_kpc.fixed: 1; allowed: within \[2, 50\]"),
    ],
)
def test_halo_parameters_must_stay_in_the_table_of_the_profile(config_file, parameter, message):
    with pytest.raises(ConfigError, match=message):
        load(config_file("hooper_zurek_2008_paper"), ("galaxy.profile=einasto", f"parameters.{parameter}"))


def test_a_sampled_disk_is_a_parameter_of_the_run(config_file, posterior_of):
    sampled = "likelihoods={morphology_511kev: {era: modern, disk: sampled}}"
    with pytest.raises(ConfigError, match="disk_amplitude: missing"):
        load(config_file("hooper_zurek_2008_paper"), (sampled,))
    prior = "parameters.disk_amplitude={prior: normal, mean: 1.0, sigma: 0.21}"
    fixed = "parameters.gamma.fixed=1"
    posterior = posterior_of("hooper_zurek_2008_paper", sampled, prior, "galaxy.profile=burkert", fixed)
    assert "disk_amplitude" in posterior.priors
    values = posterior.sample_prior_values(20, np.random.default_rng(3))
    assert not np.isnan(posterior.log_likelihoods(values)).any()
