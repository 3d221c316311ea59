import subprocess
import sys

import pytest
from reference.runs import ROOT

from model._deferred import deferred


def test_the_module_is_imported_at_the_first_use_of_an_attribute():
    code = (
        "import sys; from model._deferred import deferred; module = deferred('wave'); "
        "print('wave' in sys.modules); print(module.open is not None, 'wave' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "True", "True"]


def test_the_attributes_are_those_of_the_module():
    import math

    assert deferred("math").cos is math.cos


def test_a_missing_attribute_is_an_error_of_that_name():
    with pytest.raises(AttributeError, match="cosine"):
        _ = deferred("math").cosine


def test_a_missing_module_is_an_error_at_the_first_use():
    absent = deferred("model.absent")
    with pytest.raises(ModuleNotFoundError, match=r"model\.absent"):
        _ = absent.anything
