import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference.mixing_experiments import of_kind
from scipy.integrate import quad

from model.physics.searches.prompt_search import PromptSearch, dark_photon_branching

SEARCHES = {name: entry.search for name, entry in of_kind("prompt_resonance").items()}
SIMPLE = PromptSearch("simple", (10.0, 100.0), (1e-3, 2e-3), 1000.0, 0.1)


# The published limits at single masses that are no nodes of ours, as digitised by darkcast (1801.04847): one search
# scatters around the mean of 4 % in m_U by 12 and 17 % (one standard deviation).
@pytest.mark.parametrize(
    "name, points, scatter",
    [
        (
            "na48_2",
            "10.12 655.5, 14.12 836.8, 17.76 982.3, 20.03 692.7, 25.79 775.0, 31.46 602.8, 38.61 854.8, 45.16 859.4, "
            "55.20 746.6, 61.64 854.8, 71.23 1127.0, 80.19 1491.0, 90.81 1656.0, 102.0 2202.0, 113.5 5312.0",
            0.15,
        ),
        (
            "babar_visible",
            "24.98 1389.0, 38.75 1203.0, 50.04 673.9, 62.11 1163.0, 79.47 1326.0, 100.1 990.3, 126.5 936.3, 149.5 754.6"
            ", 182.4 633.4, 227.7 423.3, 300.0 846.1, 408.0 524.3, 500.3 691.1, 600.9 663.9, 699.0 947.6, 880.4 832.7",
            0.25,
        ),
    ],
)
def test_tables_are_the_published_limits_at_masses_between_their_nodes(name, points, scatter):
    masses, published = np.array([[float(v) for v in point.split()] for point in points.split(",")]).T
    ours = np.sqrt(1.645 / SEARCHES[name].inverse_sigma(masses))
    deviation = np.log(ours / (1e-6 * published))
    assert np.std(deviation) < scatter
    assert abs(np.mean(deviation)) < scatter / 3.0
    assert len(SEARCHES[name].mass_mev) >= 20


def test_flat_prior_in_the_signal_has_its_90_per_cent_point_at_the_limit():
    inverse = SIMPLE.inverse_sigma(np.array([10.0]))[0]

    def density(s):
        return np.exp(-0.5 * (s * inverse) ** 2)

    inside, total = (quad(density, 0, top, epsabs=0)[0] for top in (1e-6, 1e-4 / 10))
    assert_allclose(inside / total, 0.90, atol=2e-4)


def test_limits_are_interpolated_in_the_logarithms():
    inverse = SIMPLE.inverse_sigma(np.array([10.0, np.sqrt(1000.0), 100.0]))
    assert_allclose(np.sqrt(1.645 / inverse), [1e-3, np.sqrt(2.0) * 1e-3, 2e-3], rtol=1e-12)


@pytest.mark.parametrize("name", sorted(SEARCHES))
def test_sensitivity_is_continuous_and_ends_near_the_published_range(name):
    search = SEARCHES[name]
    masses = np.geomspace(1.0, 5000.0, 400_001)
    inverse = search.inverse_sigma(masses)
    assert (np.abs(np.diff(inverse)) < 3e-3 * inverse.max()).all()
    outside = (masses < 0.94 * search.mass_mev[0]) | (masses > 1.06 * search.mass_mev[-1])
    assert_allclose(inverse[outside], 0.0)


@given(st.floats(1.1, 1000.0), st.floats(1e-20, 1e-3))
def test_prompt_fraction_is_a_probability_that_grows_with_the_width(mass, width):
    fraction = SIMPLE.prompt_fraction(np.array([mass, mass]), np.array([width, 2.0 * width]))
    assert 0.0 < fraction[0] <= fraction[1] <= 1.0


def test_prompt_fraction_is_the_flight_of_a_relativistic_u():
    # NA48/2: gamma = 50 GeV / m; 10 MeV and epsilon = 5e-4 fly 0.16 m
    width = 2.5e-7 / 137.036 * 10.0 / 3.0
    length = 5e4 / 10.0 * 1.973269804e-13 / width
    assert_allclose(SEARCHES["na48_2"].prompt_fraction(np.array([10.0]), np.array([width])), 1 - np.exp(-1 / length))
    assert_allclose(length, 0.162, rtol=0.01)


def test_dark_photon_branching_opens_muons_and_hadrons():
    ratios = dark_photon_branching(np.array([50.0, 250.0, 770.0]))
    assert_allclose(ratios["electrons"][0], 1.0)
    assert_allclose(ratios["muons"][0], 0.0)
    assert 0.4 < ratios["muons"][1] < 0.5
    assert ratios["electrons"][2] + ratios["muons"][2] < 0.5
