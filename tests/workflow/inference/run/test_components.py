import pytest

import likelihoods
import model
from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from workflow.inference.run.components import available, likelihood_class, model_class, offered
from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError

BOUND = """
from dataclasses import dataclass
from typing import ClassVar

from likelihoods import _statistics
from model.physics.quantities import POSITIVE, Parameter
from model.physics.surroundings import NOTHING

SCALE = Parameter("my_scale", "1", "s", POSITIVE, "scale of the bound", 2.0)


@dataclass(frozen=True)
class Likelihood:
    parameters: ClassVar = (SCALE,)
    needs: ClassVar = ("t_kd_mev", "values")
    requires: ClassVar = NOTHING
    era: ClassVar = "any"
    data: ClassVar = ()
    experiments = _statistics.undivided
    width: float = 1.0

    def log_likelihood(self, prediction):
        return _statistics.upper_limit(prediction.t_kd_mev * prediction.values["my_scale"], self.width, 0.90)
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write a module of a package of a user, which can then be imported; returns its import path."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        folder = tmp_path / f"package_of_{name}"
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        return f"package_of_{name}.{name}"

    return write


def message(function, *arguments):
    with pytest.raises(ConfigError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_names_of_files_are_found_and_others_are_not():
    assert {"relic_abundance", "kinetic_mixing"} <= set(available(likelihoods))
    assert "_statistics" not in available(likelihoods)
    assert "data" not in available(likelihoods)
    assert {"anomaly_free", "stellar"} <= set(available(model))
    assert model_class("minimal").__module__ == "model.minimal"


def test_a_likelihood_of_a_user_enters_a_run_by_its_import_path(package, config_file, posterior_of, rng):
    path = package("my_bound", BOUND)
    config = load(
        config_file("hooper_zurek_2008_paper"), (f"likelihoods={{relic_abundance: , {path}: {{width: 3.0}}}}",)
    )
    assert config.likelihoods[path].width == 3.0
    assert config.fixed["my_scale"] == 2.0
    posterior = posterior_of("hooper_zurek_2008_paper", f"likelihoods={{{path}: }}", f"likelihoods.{path}.width=5.0")
    values = posterior.sample_prior_values(50, rng)
    terms = posterior.log_likelihoods(values)
    assert posterior.likelihoods[path].width == 5.0
    assert (terms[:, 0] < 0.0).any()


def test_a_nuisance_of_a_user_is_checked_everywhere(package, config_file, posterior_of):
    path = package("my_other_bound", BOUND)
    overrides = (f"likelihoods={{{path}: }}", "parameters.my_scale.fixed=-1")
    line = message(load, config_file("hooper_zurek_2008_paper"), overrides)
    assert "parameters.my_scale.fixed: -1; allowed: > 0" in line
    posterior = posterior_of("hooper_zurek_2008_paper", f"likelihoods={{{path}: }}")
    assert posterior.surroundings.nuisances[-1].name == "my_scale"


def test_a_model_of_a_user_is_found_by_its_import_path(package, config_file):
    path = package("my_model", "from model.minimal import Model as Model\n")
    config = load(config_file("minimal_2008"), (f"model.name={path}",))
    assert [p.name for p in config.model.parameters] == ["g", "chi", "m_soft_tev"]


@pytest.mark.parametrize(
    "name, text, words",
    [
        (
            "broken",
            "1 / 0\n",
            "cannot be imported (ZeroDivisionError: division by zero); allowed: a module",
        ),
        ("empty", "", "has no dataclass Likelihood; allowed: a module that defines one"),
        ("plain", "class Likelihood: ...\n", "has no dataclass Likelihood"),
        (
            "poor",
            BOUND.replace("    requires: ClassVar = NOTHING\n", ""),
            "lacks requires; allowed: a class with",
        ),
    ],
)
def test_a_module_that_does_not_meet_the_contract_is_named(name, text, words, package):
    path = package(name, text)
    line = message(likelihood_class, path)
    assert f"likelihoods.{path}: " in line
    assert words in line


def test_a_module_that_is_not_there_is_named():
    line = message(likelihood_class, "nowhere.my_bound")
    assert "likelihoods.nowhere.my_bound: 'nowhere.my_bound' cannot be imported" in line
    assert "or an import path" in message(model_class, "nope")


def test_a_prediction_offers_its_fields_and_its_observables():
    assert {"spectrum", "couplings", "values", "omega_h2"} <= offered(Prediction)
    assert {"values", "flux_511kev"} <= offered(LinePrediction)
    assert "spectrum" not in offered(LinePrediction)


@pytest.mark.parametrize("name", ["neutrino_electron_scattering", "quarkonium", "direct_detection", "cmb"])
def test_a_line_model_is_refused_where_a_likelihood_reads_more(name, config_file):
    line = message(load, config_file("line_decay"), (f"likelihoods.{name}=",))
    assert f"likelihoods.{name}: reads " in line
    assert "which model decaying does not predict; allowed: leave it out" in line
