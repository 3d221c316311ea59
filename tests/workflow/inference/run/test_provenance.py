import pytest

from workflow.inference.run import provenance as module
from workflow.inference.run.config import load
from workflow.inference.run.provenance import origin_of, origin_without_run, posterior_identity, processor, provenance


@pytest.fixture
def identity(config_file):
    return lambda *overrides: posterior_identity(load(config_file("hooper_zurek_2008_paper"), overrides))


@pytest.mark.parametrize(
    "override",
    [
        "model.reading=paper",  # as it is
        "sampler.seed=3",
        "sampler.walkers=10",
        "report.prior_draws=100",
        "description=other",
    ],
)
def test_what_does_not_shape_the_posterior_leaves_its_identity(override, identity):
    assert identity(override) == identity()


@pytest.mark.parametrize(
    "override",
    [
        "model.charges=hypercharge",
        "parameters.g.max=3.4",
        "parameters.r_s_kpc.fixed=19.0",
        "cosmology.thermal_bath=with_dark_sector",
        "cosmology.u_pair_annihilation=true",
        "cosmology.role=upper_limit",
        "galaxy.aperture_deg=14.0",
        "line.in_flight_losses=true",
        "line.positrons_from=every_channel",
        "likelihoods.electron_g2.alpha_from=cs",
        "likelihoods.n_eff=",
    ],
)
def test_what_shapes_the_posterior_changes_its_identity(override, identity):
    assert identity(override) != identity()


def test_a_likelihood_of_a_user_is_part_of_the_identity(tmp_path, monkeypatch, identity):
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "package_of_identity"
    folder.mkdir()
    source = folder / "copy.py"
    source.write_text(
        "from dataclasses import dataclass\nfrom likelihoods.muon_g2 import Likelihood as Known\n\n\n"
        "@dataclass(frozen=True)\nclass Likelihood(Known):\n    pass\n"
    )
    override = "likelihoods={flux_511kev: {era: 2008}, package_of_identity.copy: }"  # the flux reads what is sampled
    before = identity(override)
    assert identity(override) == before
    source.write_text(source.read_text() + "# another word\n")
    assert identity(override) != before


@pytest.mark.parametrize(
    "edited",
    [
        *("model/a.py", "likelihoods/b.py", "likelihoods/data/c.yaml", "likelihoods/data/d.csv"),
        *("workflow/inference/posterior/posterior.py", "workflow/inference/posterior/priors.py"),
    ],
)
def test_code_and_data_of_the_physics_and_the_priors_are_part_of_the_identity(edited, tmp_path, monkeypatch, identity):
    names = {"model/a.py", "likelihoods/b.py", "likelihoods/data/c.yaml", "likelihoods/data/d.csv", "likelihoods/e.txt"}
    for name in names | {"workflow/inference/posterior/posterior.py", "workflow/inference/posterior/priors.py"}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "_modules_elsewhere", lambda _: [])
    before = identity()
    (tmp_path / "likelihoods/e.txt").write_text("a note")
    assert identity() == before
    (tmp_path / edited).write_text("edited")
    assert identity() != before


def test_a_tree_without_sources_has_no_identity(tmp_path, monkeypatch, identity):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match="no source of the physics"):
        identity()


def test_provenance_names_run_seed_versions_and_data(config_file):
    record = provenance(load(config_file("hooper_zurek_2008_paper")))
    assert (record["run"], record["seed"]) == ("hooper_zurek_2008_paper", 2008)
    assert {"numpy", "numba", "emcee"} <= set(record["versions"])
    assert "measurements.yaml" in record["data_sha256"]
    assert all(len(digest) == 64 for digest in (record["config_sha256"], *record["data_sha256"].values()))


def test_without_git_the_commit_says_so(config_file, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert provenance(load(config_file("hooper_zurek_2008_paper")))["commit"] == "not a git checkout"


def test_an_origin_names_run_config_code_data_and_parents(config_file, tmp_path):
    (tmp_path / "evidence.json").write_bytes(b"abc")
    config = load(config_file("smoke"))
    found = origin_of(config, [tmp_path / "evidence.json"])
    assert found.run == "smoke"
    assert found.parents["evidence.json"].startswith("ba7816bf8f01cfea")
    assert found.processor == processor() != ""
    again = origin_of(load(config_file("smoke"), ("sampler.seed=77",)))
    assert again.config != found.config
    assert (again.code, again.data) == (found.code, found.data)
    assert {len(digest) for digest in (found.config, found.code, found.data)} == {64}


@pytest.mark.parametrize(
    "override, same",
    [
        ("report.figures=[{corner: {columns: [g, chi]}}]", True),
        ("report.profile=true", True),
        ("scan.points=10", True),
        ("report.prior_draws=100", False),
        ("sampler.seed=3", False),
    ],
)
def test_what_a_report_only_shows_leaves_the_origin_of_the_chains(config_file, override, same):
    one, other = (origin_of(load(config_file("hooper_zurek_2008"), overrides)) for overrides in ((), (override,)))
    assert (one.config == other.config) == same


def test_the_code_of_a_run_is_that_of_its_own_model_and_likelihoods(config_file):
    one, other = (origin_of(load(config_file("smoke"), overrides)) for overrides in ((), ("likelihoods.electron_g2=",)))
    assert one.code == other.code
    fewer = origin_of(load(config_file("line_stellar")))
    assert fewer.code != one.code
    assert fewer.data == one.data


def test_edited_code_and_data_have_other_digests(config_file, monkeypatch, tmp_path):
    config = load(config_file("smoke"))
    before = origin_of(config)
    (tmp_path / "extra.yaml").write_text("a: 1")
    files, data = module.sources, module._data_files()
    monkeypatch.setattr(module, "_data_files", lambda: [*data, tmp_path / "extra.yaml"])
    assert origin_of(config).data != before.data
    monkeypatch.setattr(module, "sources", lambda modules: [*files(modules), tmp_path / "extra.yaml"])
    assert origin_of(config).code != before.code
    assert origin_of(config).config == before.config


def test_what_belongs_to_no_run_has_an_origin_too():
    found = origin_without_run("atlas", ["workflow.inference.atlas.atlas"], {"a": "1"}, "settings")
    assert (found.run, found.parents) == ("atlas", {"a": "1"})
    assert found.config != origin_without_run("atlas", ["workflow.inference.atlas.atlas"], {}, "others").config
