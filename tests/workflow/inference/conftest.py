"""One synthetic posterior for all tests that only read it, and each of its figures, drawn once."""

import functools
import json

import pytest
from reference import synthetic_posterior

from workflow.inference.estimates import posterior_file
from workflow.inference.figures.run_figures import FIGURES


@pytest.fixture(scope="session")
def posterior_path(tmp_path_factory):
    """A run like the default one; diagnostics and evidence lie beside its posterior."""
    return synthetic_posterior.write(tmp_path_factory.mktemp("synthetic"), n_draws=1000)


@pytest.fixture(scope="session")
def file(posterior_path):
    """Its posterior."""
    return posterior_file.read(posterior_path)


@pytest.fixture(scope="session")
def diagnostics(posterior_path):
    return json.loads((posterior_path.parent / "diagnostics.json").read_text())


@pytest.fixture(scope="session")
def drawn(file, diagnostics):
    """A figure by name, as `write_figures` draws it."""

    @functools.cache
    def draw(name):
        return FIGURES[name].draw(file, diagnostics)

    return draw


@pytest.fixture(scope="session")
def stays_on_its_page():
    """Whether no text of a figure leaves its page."""

    def check(figure):
        figure.draw_without_rendering()
        box = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        return min(box.x0, box.y0) > -0.05 and box.x1 < width + 0.05 and box.y1 < height + 0.05

    return check
