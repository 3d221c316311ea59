import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from workflow.inference.atlas.injection_energy import CURVES, injection_energy_figure, mass_likelihood

BY_NAME = {curve.name: curve for curve in CURVES}


def edge(curve, level):
    masses = np.append(np.geomspace(0.6, 200.0, 200), 0.0)[:-1]

    def relative(mass):
        return mass_likelihood(curve, np.append(masses, mass))[-1] - level

    return brentq(relative, 3.0, 199.0)


@pytest.mark.parametrize(
    "name, found",
    [("internal bremsstrahlung only", 16.2), ("2008, neutral gas", 3.55), ("2008, ionised gas", 7.15)],
)
def test_edges_at_95_per_cent(name, found):
    # published: 20, 3 and 7.5 MeV
    assert_allclose(edge(BY_NAME[name], -1.92), found, rtol=0.02)
    assert_allclose(found, BY_NAME[name].published, rtol=0.2)


@pytest.mark.parametrize(
    "name, energy",
    [
        ("internal bremsstrahlung only", 20.0),  # astro-ph/0409403
        ("2008, neutral gas", 3.0),  # astro-ph/0512411
        ("2008, ionised gas", 7.5),  # astro-ph/0607374
    ],
)
def test_triangles_stand_at_the_published_edges(name, energy):
    """The table of docs/physics/galaxy.md 7."""
    assert BY_NAME[name].published == energy


def test_das_is_flat_to_its_edge():
    curve = BY_NAME["Das et al. 2025, SPI"]
    assert mass_likelihood(curve, np.array([1.0, 49.9])).tolist() == [0.0, 0.0]
    assert mass_likelihood(curve, np.array([1.0, 60.0]))[1] < 0.0


def test_figure_draws_every_curve():
    axes = injection_energy_figure().axes[0]
    drawn = {line.get_label() for line in axes.lines}
    assert set(BY_NAME) <= drawn
    assert axes.get_xlabel() == r"$m_{\rm DM}$ [$\mathrm{MeV}$]"
