from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.atomic_parity_violation import Likelihood


@pytest.mark.parametrize("era", [2008, "modern"])
def test_weak_charge_is_gaussian(era):
    likelihood = Likelihood(era=era)
    (datum,) = likelihood.data
    at = datum.value + datum.sigma * np.array([0.0, -1.0, 2.0])
    assert_allclose(likelihood.log_likelihood(SimpleNamespace(weak_charge_shift=at)), [0.0, -0.5, -2.0], atol=1e-12)


def test_weak_charges_are_measured_minus_standard_model():
    old, new = (Likelihood(era=era).data[0].value for era in (2008, "modern"))
    assert_allclose([old, new], [-72.62 + 73.16, -72.82 + 73.24], rtol=1e-9)


def test_without_an_option_the_data_are_those_of_2008():
    assert Likelihood() == Likelihood(era=2008)
    assert Likelihood().data == Likelihood(era=2008).data
