"""The papers of a run: of its model, its likelihoods and every datum that enters, as ``report.bib``."""

import inspect
import sys
from collections.abc import Iterator

from likelihoods import kinetic_mixing
from likelihoods.mixing.experiments import all_experiments
from workflow.inference.posterior.contracts import Likelihood
from workflow.inference.run.config import Config
from workflow.inference.writing.bibtex import ARXIV, Reference, references

PAPER = "Hooper and Zurek 2008, 0801.3686"


def papers(config: Config) -> list[Reference]:
    """Every paper of a run once: the model's paper first, then data, experiments and formulas of the likelihoods."""
    return references([PAPER, *_of_data(config), *_of_formulas(config)])


def _of_data(config: Config) -> Iterator[str]:
    for likelihood in config.likelihoods.values():
        yield from (datum.source for datum in likelihood.data)
        if isinstance(likelihood, kinetic_mixing.Likelihood):
            yield from (all_experiments()[name].record.source for name in likelihood.active)


def _of_formulas(config: Config) -> Iterator[str]:
    """Papers that the docstrings of the model and of the likelihoods cite."""
    for component in (config.model, *config.likelihoods.values()):
        yield from ARXIV.findall(_docstrings(component))


def _docstrings(component: object | Likelihood) -> str:
    module = sys.modules[type(component).__module__]
    return f"{inspect.getdoc(module) or ''}\n{inspect.getdoc(type(component)) or ''}"
