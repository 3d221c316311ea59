from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.optimize import brentq

from likelihoods.cmb import Likelihood


def at(era, p_ann):
    return Likelihood(era=era).log_likelihood(SimpleNamespace(p_ann=np.atleast_1d(p_ann)))


@pytest.mark.parametrize("era, limit", [(2008, 3.565e-27), ("modern", 3.14e-28)])
def test_flat_prior_in_p_ann_gives_the_published_95_per_cent_limit(era, limit):
    density = lambda x: np.exp(at(era, x * limit)[0])  # noqa: E731
    total = quad(density, 0, 8)[0]
    found = brentq(lambda x: quad(density, 0, x)[0] - 0.95 * total, 0.2, 4)
    # 3.57e-27 of WMAP5; 3.1e-28 as computed in docs/physics/early_universe.md 7, 3.2e-28 of Planck itself
    assert_allclose(found, 1.0, rtol=2e-3)


def test_wmap_limit_is_two_in_the_unit_of_its_paper():
    cm3_s_gev = 2.0e-6 * 1e6 * 1.78266192e-27  # m^3/s/kg: 1 GeV is that many kg
    assert_allclose(Likelihood().data[0].sigma, cm3_s_gev / 1.959964, rtol=1e-4)


@pytest.mark.parametrize("era", [2008, "modern"])
def test_no_signal_is_zero_and_more_is_worse(era):
    found = at(era, np.array([0.0, 1e-36, 1e-28, 1e-27, 1e-20]))
    assert found[0] == 0.0
    assert (np.diff(found) <= 0.0).all()
    assert found[2] < 0.0


def test_planck_profile_is_the_gaussian_of_gambit():
    x = 2.5
    expected = -((x + 0.48) ** 2 - 0.48**2) / (2 * 2.48**2 / 2)
    assert_allclose(at("modern", x * 1e-28), expected, rtol=1e-3)
