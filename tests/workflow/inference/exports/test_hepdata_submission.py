"""The submission is valid by HEPData's own schema, and has our numbers."""

import subprocess
import sys

import numpy as np
import pytest
import yaml

from workflow.inference.estimates.summary import summary_of
from workflow.inference.exports.hepdata_submission import write_submission

VALIDATE = """
import sys
from hepdata_validator.full_submission_validator import FullSubmissionValidator
validator = FullSubmissionValidator()
print(validator.validate(directory=sys.argv[1]), validator.get_messages())
"""


@pytest.fixture(scope="module")
def folder(file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hepdata")
    write_submission(file, summary_of(file), folder)
    return folder


def test_hepdata_accepts_it(folder):
    # In a process of its own: the validator leaves files open and calls functions that are deprecated.
    done = subprocess.run([sys.executable, "-c", VALIDATE, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "{}"]


def test_every_file_of_the_submission_is_there(folder):
    _, *tables = yaml.safe_load_all((folder / "submission.yaml").read_text())
    assert {table["data_file"] for table in tables} == {path.name for path in folder.iterdir()} - {"submission.yaml"}


def test_intervals_are_medians_with_their_errors(file, folder):
    table = yaml.safe_load((folder / "intervals.yaml").read_text())
    names = [entry["value"] for entry in table["independent_variables"][0]["values"]]
    medians = next(column for column in table["dependent_variables"] if column["header"]["name"] == "median")
    entry = medians["values"][names.index("m_dm_mev [MeV]")]
    low, median, high = np.quantile(file.samples("m_dm_mev"), [0.16, 0.5, 0.84])
    assert entry["value"] == pytest.approx(median)
    assert entry["errors"][0]["asymerror"]["minus"] == pytest.approx(low - median)
    assert entry["errors"][0]["asymerror"]["plus"] == pytest.approx(high - median)


def test_a_density_integrates_to_the_part_of_the_posterior_in_its_cells(file, folder):
    table = yaml.safe_load((folder / "density_chi.yaml").read_text())
    cells = table["independent_variables"][0]["values"]
    widths = np.log10([cell["high"] for cell in cells]) - np.log10([cell["low"] for cell in cells])
    heights = [entry["value"] for entry in table["dependent_variables"][0]["values"]]
    draws = file.samples("chi")
    inside = np.mean((draws >= cells[0]["low"]) & (draws <= cells[-1]["high"]))
    assert inside > 0.9
    assert np.dot(widths, heights) == pytest.approx(inside, rel=1e-3)
    assert table["dependent_variables"][0]["header"]["name"] == "density in log10(chi)"
