"""One synthetic posterior for all tests that only read it."""

import pytest
from reference import synthetic_posterior

from workflow.inference.estimates import posterior_file


@pytest.fixture(scope="session")
def posterior_path(tmp_path_factory):
    """A run like the default one; diagnostics and evidence lie beside its posterior."""
    return synthetic_posterior.write(tmp_path_factory.mktemp("synthetic"), n_draws=1000)


@pytest.fixture(scope="session")
def file(posterior_path):
    """Its posterior."""
    return posterior_file.read(posterior_path)
