"""Shared by all tests: repeatable Hypothesis runs, and the tables of the early Universe and the Galaxy built once."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from reference.mixing_experiments import EVERYTHING
from reference.plain_cosmology import PLAIN_COSMOLOGY
from reference.runs import ROOT
from reference.warm_up import coarsen_relic_ridge, warm_up
from xdist.scheduler import LoadFileScheduling

from model.physics.galaxy.annuli import AnnulusSettings
from model.physics.galaxy.halo import Galaxy
from model.physics.surroundings import Requirements, Surroundings
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.run.tables import dump_table
from workflow.inference.run.tables import surroundings as build_surroundings

COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")

coarsen_relic_ridge()
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file in one process: its fixtures are made, and its kernels compiled, there only."""
    return LoadFileScheduling(config, log)


def pytest_sessionstart(session):
    """Compile the kernels and make the tables once; several processes would do both at the same time.

    Only the process that starts the others does it. They read the compiled kernels from the cache of numba.
    """
    if not COMPILED or (session.config.getoption("numprocesses", None) or 0) < 2:
        return
    folder = session.config._tmp_path_factory.getbasetemp() / "tables"  # the one of `tables_folder`
    folder.mkdir(exist_ok=True)
    warm_up(folder)


@pytest.fixture(scope="session")
def tables_folder(tmp_path_factory) -> Path:
    """Where the processes of this session keep their tables: nothing is read from or written to results/.

    `tests.mutations` names a folder that many sessions share.
    """
    if shared := os.environ.get("MEVDM_TEST_TABLES"):
        Path(shared).mkdir(exist_ok=True)
        return Path(shared)
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "tables"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def surroundings(tables_folder) -> Surroundings:
    """Thermal history and J-factors of the shipped runs: gNFW, 15 degrees, Jeans velocities; annuli seen by SPI.

    The assumptions about the early Universe are the plainest; tests of others replace them.
    """
    tables = build_surroundings(Galaxy(aperture_deg=15.0), tables_folder, Requirements(annuli=AnnulusSettings()))
    return replace(tables, cosmology=PLAIN_COSMOLOGY)


@pytest.fixture(scope="session")
def laboratory(surroundings, tables_folder) -> Surroundings:
    """The same with the yields of beam dumps in their physical reading."""
    return replace(surroundings, dump_yields=dump_table(EVERYTHING.dump_settings, tables_folder))


@pytest.fixture
def config_file():
    """Path of a shipped config by name."""
    return lambda name: ROOT / "config" / f"{name}.yaml"


@pytest.fixture(scope="session")
def posterior_of(tables_folder):
    """Posterior of a shipped config by name, with overrides; tables shared by the session."""

    def build(name, *overrides, columns=frozenset()):
        return build_posterior(load(ROOT / "config" / f"{name}.yaml", overrides, columns), tables_folder)

    return build


@pytest.fixture(scope="session")
def draws() -> int:
    """How many prior draws a contract is checked on: fewer where kernels run as plain Python."""
    return 2000 if COMPILED else 60


@pytest.fixture
def rng() -> np.random.Generator:
    """Fixed seed."""
    return np.random.default_rng(2008)
