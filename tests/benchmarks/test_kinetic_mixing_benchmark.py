"""Speed of every bound on the kinetic mixing at 128 points of the vector portal, the table of yields built before."""

from dataclasses import replace

import numpy as np
import pytest

from likelihoods.kinetic_mixing import Likelihood
from model.vector_portal import Model
from tests.reference.nuisances import NUISANCES
from workflow.inference.run.tables import dump_table

EVERYTHING = Likelihood(include="all", era="modern", sn1987a_depth=4.0)
FIXED = NUISANCES | {"m_dm_mev": 5.0, "g_dm": 0.1}


@pytest.mark.compiled
def test_kinetic_mixing_of_128_points(benchmark, surroundings, tables_folder):
    rng = np.random.default_rng(511)
    n = 128
    laboratory = replace(surroundings, dump_yields=dump_table(EVERYTHING.dump_settings, tables_folder))
    values = {name: np.full(n, value) for name, value in FIXED.items()}
    # below and above the threshold of U -> X X, over the plane that the experiments bound
    values["m_u_mev"] = np.exp(rng.uniform(np.log(1.1), np.log(1e3), n))
    values["epsilon"] = np.exp(rng.uniform(np.log(1e-8), np.log(0.1), n))
    prediction = Model(dark_matter="dirac").predict(values, laboratory)
    every_point = np.ones(n, dtype=bool)

    def fresh():
        return (prediction.select(every_point),), {}  # a prediction that has cached nothing

    benchmark.extra_info["points"] = n
    result = benchmark.pedantic(EVERYTHING.log_likelihood, setup=fresh, rounds=200, warmup_rounds=5)

    assert result.shape == (n,)
    assert np.all(np.isfinite(result))
