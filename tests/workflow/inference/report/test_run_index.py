import json
import re
from dataclasses import replace

import pytest
from reference import synthetic_posterior

from workflow.inference.estimates.summary import summary_of
from workflow.inference.report.run_index import _likelihoods, write_index
from workflow.inference.writing.origin import ArtefactError, read_json, write_json


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    results = tmp_path_factory.mktemp("results")
    synthetic_posterior.write(results / "early", n_draws=200)
    synthetic_posterior.write(results / "late", n_draws=200, converged=False, seed=2)
    (results / "early" / "report.html").touch()
    (results / "planes").mkdir()
    write_index(results, results / "index.html")
    return (results / "index.html").read_text()


def test_every_run_is_listed_with_its_verdict_and_evidence(html):
    assert '<a href="early/report.html">early</a>' in html
    assert "late/report.html" not in html  # it has none
    assert html.count('<span class="pass">yes</span>') == 1
    assert html.count("NO: do not use its numbers") == 1
    ln_z = synthetic_posterior.EVIDENCE["ln_z"]
    assert f"\N{MINUS SIGN}{abs(ln_z):.2f} ±" in html


def test_the_comparison_has_the_numbers_of_both_runs(html):
    runs = json.loads(re.search(r'id="runs">(.*?)</script>', html, re.DOTALL)[1])
    assert set(runs) == {"early", "late"}
    for run in runs.values():
        symbol, median, interval, value, width = run["quantities"]["m_dm_mev"]
        assert "MeV" in symbol
        assert float(median) == pytest.approx(value, rel=0.05)
        assert width > 0.0
        assert interval
        assert "relic abundance (2008)" in run["data"]


def test_a_symbol_in_the_name_of_a_likelihood_is_a_symbol(file):
    (cost,) = [cost for cost in summary_of(file).costs if cost.term == "relic_abundance"]
    summary = replace(summary_of(file), costs=(replace(cost, term="n_eff"),))
    assert _likelihoods(summary) == ["<i>N</i><sub>eff</sub> (2008)"]


def test_a_folder_without_runs_has_a_page_that_says_so(tmp_path):
    write_index(tmp_path, tmp_path / "index.html")
    assert "No run has a posterior yet." in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("name, step", [("diagnostics.json", "diagnose"), ("evidence.json", "evidence")])
def test_files_of_two_runs_in_one_folder_are_refused(name, step, tmp_path):
    synthetic_posterior.write(tmp_path / "early", n_draws=100)
    record, origin = read_json(tmp_path / "early" / name)
    write_json(tmp_path / "early" / name, record, replace(origin, run="late"))
    with pytest.raises(ArtefactError, match=f"{name}: was made from run late, .*hooper_z.*; run `mevdm {step} config/"):
        write_index(tmp_path, tmp_path / "index.html")


def test_a_damaged_evidence_is_refused(tmp_path):
    synthetic_posterior.write(tmp_path / "early", n_draws=100)
    (tmp_path / "early" / "evidence.json").write_text("")
    with pytest.raises(ArtefactError, match=r"evidence\.json: truncated or not a file of mevdm"):
        write_index(tmp_path, tmp_path / "index.html")
