"""The run ``hooper_zurek_2008_paper`` keeps its numbers, so that improvements can be compared with it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from workflow.inference.posterior.evaluation import evaluate

PARAMETERS = ("g", "chi", "lambda", "m_soft_tev", "gamma", "rho_sun_gev_cm3", "f_ps")
TERMS = ("flux_511kev", "relic_abundance", "electron_g2", "kinetic_mixing")
# Prior draws and their log-likelihoods, as the first version of the run gave them.
POINTS = {
    (0.034022393029856796, 0.00028852683816875743, 0.042034674146262524, 1.270262506216011, 1.141666555822109,
     0.29654693015732575, 0.9369082430294008):
    (-31.535321133982613, -0.502660935397425, -0.34633171456280804, -0.6164586446299051),
    (2.382017499581077, 4.646235015237919e-06, 1.0477658495130786, 0.8091226570999249, 1.2671618693741957,
     0.3113672472545026, 0.9953405712083815):
    (-19.783737812966063, -12.954683060575425, -0.05702096852103586, -0.616374675356951),
    (0.30067738794194676, 7.746709246756148e-05, 0.09751403527619239, 0.2406012110385044, 0.7266325620374057,
     0.29189500171830995, 0.9469376531093853):
    (-47.9741974093358, -0.5475317585734707, -0.06159568604117987, -0.6163807081213551),
    (0.5418430779313242, 4.9338934716250677e-05, 0.6114899560608617, 0.550039363637257, 1.1624952887046482,
     0.18354295973176296, 0.9504321896488379):
    (-8.160650874299664, -94.62262836689055, -0.06014329773757948, -0.6163771095624212),
    (0.005262591987860139, 0.00018525180256042216, 0.002356341290487287, 6.054977277454129, 1.2272247064616768,
     0.3782281650585626, 0.9488610705162873):
    (-142.22581246724306, -0.5213005355410295, -0.11747800005574291, -0.616409277541175),
}  # fmt: skip


@pytest.fixture(scope="module")
def columns(posterior_of):
    posterior = posterior_of("hooper_zurek_2008_paper")
    values = dict(zip(PARAMETERS, np.array(list(POINTS)).T, strict=True))
    values |= {name: np.full(len(POINTS), value) for name, value in posterior.fixed.items()}
    return evaluate(posterior, values).columns


@pytest.mark.parametrize("position, term", list(enumerate(TERMS)))
def test_log_likelihoods_stay_as_they_were(columns, position, term):
    # Other compilers and processors sum in another order.
    expected = [numbers[position] for numbers in POINTS.values()]
    assert_allclose(columns[f"loglike_{term}"], expected, rtol=1e-11)


def test_the_posterior_is_their_sum(columns):
    total = np.sum([columns[f"loglike_{term}"] for term in TERMS], axis=0) + columns["log_prior"]
    assert_allclose(columns["log_posterior"], total, rtol=1e-14)
    assert_array_equal(columns["loglike_kinetic_mixing"], columns["loglike_kinetic_mixing.w_mass"])
