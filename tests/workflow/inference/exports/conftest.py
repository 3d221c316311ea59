import pytest
from reference import synthetic_posterior

from workflow.inference.estimates import posterior_file


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """A folder with the results of a run that was never sampled."""
    return synthetic_posterior.write(tmp_path_factory.mktemp("run"), n_draws=2000).parent


@pytest.fixture(scope="session")
def file(run_folder):
    """Its posterior."""
    return posterior_file.read(run_folder / "posterior.nc")
