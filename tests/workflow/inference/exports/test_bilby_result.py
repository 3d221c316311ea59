"""bilby reads our file and gives our numbers back."""

import subprocess
import sys

import numpy as np
import pytest

from workflow.inference.exports.bilby_result import record, write_result

READ = """
import sys, bilby
result = bilby.read_in_result(filename=sys.argv[1])
print(result.log_evidence, *result.search_parameter_keys)
print(*(result.posterior["m_dm_mev"].quantile(q) for q in (0.025, 0.5, 0.975)))
"""


def test_bilby_gives_evidence_parameters_and_quantiles_back(file, tmp_path):
    (path,) = write_result(file, {"ln_z": -13.5, "error": 0.01}, tmp_path)
    # In a process of its own, because bilby changes the logging and the warnings of the process that imports it.
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()[-2:]
    assert first.split() == ["-13.5", *file.names("parameter")]
    expected = np.quantile(file.samples("m_dm_mev"), [0.025, 0.5, 0.975])
    np.testing.assert_allclose([float(word) for word in second.split()], expected, rtol=1e-12)


def test_a_run_without_evidence_has_none(file, tmp_path):
    (path,) = write_result(file, None, tmp_path)
    assert "log_evidence" not in path.read_text()


def test_labels_have_units_and_priors_are_text(file):
    made = record(file, None)
    assert r"$m_{\rm soft}$ [TeV]" in made["parameter_labels_with_unit"]
    assert made["meta_data"]["priors"]["g"] == "log-uniform [0.001, 3.5]"
    with pytest.raises(KeyError):
        made["posterior"]["content"]["chain"]
