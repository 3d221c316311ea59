import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.couplings import prediction_of
from scipy.stats import halfnorm

from likelihoods.quarkonium import Likelihood, searches
from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.laboratory.quarkonium import invisible_branching

ONE = np.ones(1)


@pytest.mark.parametrize("era, upsilon", [(2008, 2.5e-3), ("modern", 3.0e-4)])
def test_a_branching_at_its_limit_costs_what_90_per_cent_do(era, upsilon):
    likelihood = Likelihood(era=era)
    couplings = dark_photon(ONE, 0.5 * ONE)
    at = prediction_of(couplings)
    branching = invisible_branching(searches()["upsilon_1s"].state, at.spectrum, couplings, at.widths, at.dark_matter)
    found = likelihood.experiments(at)["upsilon_1s_invisible"]
    sigma = branching / np.sqrt(-2 * found)
    assert_allclose(halfnorm(scale=sigma[0]).cdf(upsilon), 0.90, rtol=1e-3)


def test_axial_quarks_are_limited_much_more_than_vector_ones():
    # Fayet hep-ph/0607094
    vector = prediction_of(visible_couplings("universal", ONE, 1e-4 * ONE, ONE))
    axial = prediction_of(visible_couplings("hypercharge", ONE, 3e-4 * ONE, ONE))
    likelihood = Likelihood()
    assert likelihood.log_likelihood(vector) > -1e-3
    assert likelihood.log_likelihood(axial) < -10.0


def test_no_coupling_is_no_signal():
    tiny = prediction_of(dark_photon(ONE, 1e-12 * ONE))
    assert_allclose(Likelihood(era="modern").log_likelihood(tiny), 0.0, atol=1e-30)


def test_every_limit_has_source_and_tag():
    for known in searches().values():
        for limit in (*known.invisible, *known.photon_invisible):
            assert limit.tag in {"V", "V-abs", "C", "M"}
            assert len(limit.source) > 10
