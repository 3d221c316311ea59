import pytest
from reference import synthetic_posterior
from reference.runs import ROOT

from workflow.inference.exports.export import FORMATS, export
from workflow.inference.run.errors import ConfigError


def test_every_format_writes_the_files_that_it_names(tmp_path, monkeypatch):
    # the synthetic run has no config that can be read; the papers are those of another
    monkeypatch.setattr(synthetic_posterior, "_CONFIG", (ROOT / "config" / "smoke.yaml").read_text())
    folder = synthetic_posterior.write(tmp_path / "run", n_draws=200).parent
    written = export(folder, list(FORMATS), tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.name for path in written}
    assert {path.suffix for path in written} >= {".txt", ".nc", ".csv", ".parquet", ".json", ".yaml", ".tex", ".bib"}
    assert all(path.stat().st_size > 100 for path in written)


def test_an_unknown_format_is_named(run_folder, tmp_path):
    with pytest.raises(ConfigError, match="--to root: unknown format; allowed: getdist, arviz"):
        export(run_folder, ["root"], tmp_path)


def test_a_run_without_a_posterior_says_how_to_make_it(tmp_path):
    with pytest.raises(ConfigError, match=r"posterior.nc: is missing; run `snakemake"):
        export(tmp_path, ["csv"], tmp_path)


def test_a_missing_package_says_what_to_install(run_folder, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(ConfigError, match=r"--to parquet: .*pip install mevdm\[exports\]"):
        export(run_folder, ["parquet"], tmp_path)


def test_an_unknown_format_leaves_no_file_of_a_known_one(run_folder, tmp_path):
    with pytest.raises(ConfigError, match="--to root: unknown format"):
        export(run_folder, ["csv", "root"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_format_that_is_named_twice_is_written_once(run_folder, tmp_path):
    (path,) = export(run_folder, ["csv", "csv"], tmp_path / "out")
    assert path.name == "draws.csv"
