"""Reweighting to other priors: closed forms, and the tuning of the resonance in the real model."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pytest
from reference import toy_posterior as toy

from tests.validation.prior_sensitivity import Reweighted, markdown_table, prior_sensitivity, sensitivity
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.posterior.priors import log_uniform, normal
from workflow.inference.sampling.chain_files import Chain


class Spectrum(NamedTuple):
    m_dm: np.ndarray
    m_u: np.ndarray


@dataclass(frozen=True)
class Prediction:
    """Omega h^2 = g^2 chi^-3, whatever the masses."""

    values: dict

    @property
    def valid(self):
        return np.ones(len(self.values["g"]), dtype=bool)

    @property
    def parts(self):
        return ("hidden_sector",)

    @property
    def spectrum(self):
        return Spectrum(self.values["g"], self.values["chi"])

    @property
    def omega_h2(self):
        return self.values["g"] ** 2 * self.values["chi"] ** -3

    def select(self, rows):
        return Prediction({name: value[rows] for name, value in self.values.items()})


class Model:
    sampling_coordinates = toy._NoCoordinates()

    def predict(self, values, surroundings):
        assert surroundings is None
        return Prediction(values)


WIDTH = 0.2  # of the posterior, in ln g and ln chi


@pytest.fixture
def run(rng):
    priors = {"g": log_uniform(1e-3, 1e3), "chi": log_uniform(1e-3, 1e3), "halo": normal(1.0, 0.1)}
    posterior = Posterior(Model(), {}, priors, {}, None)
    u = rng.normal(size=(2, 200, 16, 3)) * [WIDTH / np.log(10), WIDTH / np.log(10), 0.1] + [0.0, 0.5, 1.0]
    empty = np.zeros((200, 16))
    return posterior, [Chain(x, empty, np.zeros((200, 16, 3)), np.zeros(16), ()) for x in u]


def test_flat_prior_moves_a_log_normal_by_its_variance(run):
    log_uniform_, flat, natural = prior_sensitivity(*run)
    for found, shift in ((log_uniform_, 0.0), (flat, WIDTH**2), (natural, 0.0)):
        assert np.log(found.quantiles["g"][2]) == pytest.approx(shift, abs=0.02)
        low, high = np.log(found.quantiles["g"][1]), np.log(found.quantiles["g"][3])
        assert 0.5 * (high - low) == pytest.approx(WIDTH, rel=0.07)
    assert "halo" not in flat.quantiles
    assert flat.effective_sample_size == pytest.approx(6400 * np.exp(-2 * WIDTH**2), rel=0.1)
    assert all(found.reliable for found in (log_uniform_, flat, natural))


def test_sensitivity_is_the_largest_power(run):
    posterior, _ = run
    values = {"g": np.array([0.1, 2.0]), "chi": np.array([0.3, 5.0]), "halo": np.ones(2)}
    assert sensitivity(posterior, values, ["g", "chi"]) == pytest.approx([3.0, 3.0])
    assert sensitivity(posterior, values, ["g"]) == pytest.approx([2.0, 2.0])


def test_needs_a_log_uniform_prior(run):
    posterior, chains = run
    with pytest.raises(ValueError, match="no parameter of this run has a log-uniform prior"):
        prior_sensitivity(replace(posterior, priors={"g": normal(1.0, 0.1)}), chains)


def test_resonance_is_tuned(posterior_of):
    """Next to m_U = 2 m_dm, ln Omega goes with 2 ln|m_U^2 - 4 m^2|, so c = 4 / |1 - (2 m / m_U)^2| at least roughly."""
    posterior = posterior_of("hooper_zurek_2008_paper")
    values = {name: np.full(3, value) for name, value in posterior.fixed.items()}
    values |= {name: np.full(3, prior.median) for name, prior in posterior.priors.items()}
    ratio = np.array([0.6, 0.9, 0.99])  # m_U / 2 m_dm
    values |= {"g": np.full(3, 0.5), "chi": np.full(3, 5e-6), "m_soft_tev": np.full(3, 4.0)}
    values["lambda"] = values["g"] / (np.sqrt(2.0) * ratio)
    found = sensitivity(posterior, values, ["g", "chi", "lambda", "m_soft_tev"])
    assert np.all(np.diff(found) > 0.0)
    assert found[1] / found[0] == pytest.approx((1 - 0.6**-2) / (1 - 0.9**-2), rel=0.5)


def test_table_says_what_is_not_to_be_trusted():
    quantiles = {"g": (0.1, 0.2, 0.3, 0.4, 0.5)}
    good, bad = (Reweighted(name, size, 0.2, quantiles, {"low": 0.25}) for name, size in (("flat", 900.0), ("x", 9.0)))
    table = markdown_table([good, bad])
    assert "| `g` | 0.3 [0.2, 0.4] | 0.3 [0.2, 0.4] |" in table
    assert "| fraction of low | 25.0 % | 25.0 % |" in table
    assert "| effective draws | 900 | 9 (too few) |" in table
