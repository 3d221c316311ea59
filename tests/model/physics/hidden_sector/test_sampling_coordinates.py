import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from model import anomaly_free, minimal, vector_portal
from model.physics.constants import ELECTRON_MASS
from model.physics.hidden_sector.sampling_coordinates import (
    RESONANCE_WIDTH,
    RidgeCorrection,
    log_relic_ridge,
    stretch_mass,
    stretch_ratio,
    unstretch_mass,
    unstretch_ratio,
)
from tests.reference.nuisances import NUISANCES

MODELS = {
    "anomaly_free": anomaly_free.Model(),
    "anomaly_free_universal": anomaly_free.Model(charges="universal", soft_normalisation="half", lambda_uv_gev=1e16),
    "anomaly_free_two_loop": anomaly_free.Model(radiative_mass="two_loop"),
    "minimal": minimal.Model(),
    "minimal_corrected": minimal.Model(reading="corrected", dark_matter="dirac"),
    "vector_portal": vector_portal.Model(),
}
BOXES = {
    "g": (1e-3, 3.5),
    "chi": (1e-8, 1e-1),
    "lambda": (1e-4, 3.5),
    "m_soft_tev": (0.1, 100.0),
    "m_dm_mev": (0.512, 1e3),
    "m_u_mev": (1.03, 1e4),
    "g_dm": (1e-3, 3.5),
    "epsilon": (1e-8, 1e-1),
}


def galaxy(n):
    """Nuisance parameters, the same at n points."""
    return {name: np.full(n, value) for name, value in NUISANCES.items()}


def prior_draws(coordinates, n, rng, boxes=BOXES):
    """Log-uniform in every box."""
    return {name: np.exp(rng.uniform(*np.log(boxes[name]), n)) for name in coordinates.parameters}


def corners(coordinates):
    """Every corner of the prior box."""
    grids = np.meshgrid(*(BOXES[name] for name in coordinates.parameters), indexing="ij")
    return {name: grid.ravel() for name, grid in zip(coordinates.parameters, grids, strict=True)}


def near_resonance(model, offsets):
    """Points at which m_U / 2 m_dm is 1 + offset."""
    n = len(offsets)
    point = {"g": np.full(n, 0.5), "chi": np.full(n, 1e-5), "m_soft_tev": np.full(n, 3.0)}
    if "m_dm_mev" in model.sampling_coordinates.parameters:
        m_dm = np.full(n, 3.0)
        return {
            "m_dm_mev": m_dm,
            "m_u_mev": 2 * m_dm * (1 + offsets),
            "g_dm": np.full(n, 0.5),
            "epsilon": np.full(n, 1e-5),
        }
    return {**point, "lambda": point["g"] / (np.sqrt(2.0) * (1 + offsets))}


def numerical_log_jacobian(coordinates, u, step=1e-3):
    """ln |det d(ln parameters)/d(coordinates)| by fourth-order central differences, row by row."""
    n, k = u.shape
    matrix = np.empty((n, k, k))
    for j in range(k):
        move = step * np.eye(k)[j]

        def log_values(amount, move=move):
            values = coordinates.inverse(u + amount * move).values
            return np.column_stack([np.log(values[name]) for name in coordinates.parameters])

        matrix[:, :, j] = (8 * (log_values(1) - log_values(-1)) - (log_values(2) - log_values(-2))) / (12 * step)
    return np.linalg.slogdet(matrix)[1]


@pytest.mark.parametrize("name", MODELS)
def test_there_are_as_many_coordinates_as_parameters(name):
    coordinates = MODELS[name].sampling_coordinates
    assert len(coordinates.names) == len(coordinates.parameters) == len(set(coordinates.names))


@pytest.mark.parametrize("name", MODELS)
def test_round_trip_of_prior_draws(name, rng):
    coordinates = MODELS[name].sampling_coordinates
    values = prior_draws(coordinates, 20000, rng)
    back = coordinates.inverse(coordinates.forward(values))
    assert np.isfinite(back.log_jacobian).all()
    for parameter in coordinates.parameters:
        # r - 1 is kept to 1e-16: where r itself is small it loses digits in 1 + (r - 1)
        assert_allclose(back.values[parameter], values[parameter], rtol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_round_trip_of_the_corners_of_the_prior(name):
    coordinates = MODELS[name].sampling_coordinates
    values = corners(coordinates)
    back = coordinates.inverse(coordinates.forward(values)).values
    for parameter in coordinates.parameters:
        assert_allclose(back[parameter], values[parameter], rtol=1e-9)


@pytest.mark.parametrize("name", ["anomaly_free", "vector_portal"])
def test_round_trip_across_the_resonance(name):
    model, offsets = MODELS[name], np.array([-1e-3, -1e-4, -1e-6, -1e-9, 0.0, 1e-9, 1e-6, 1e-4, 1e-3])
    coordinates, values = model.sampling_coordinates, near_resonance(model, offsets)
    back = coordinates.inverse(coordinates.forward(values)).values
    for parameter in coordinates.parameters:
        assert_allclose(back[parameter], values[parameter], rtol=1e-13)


@pytest.mark.parametrize("name", MODELS)
def test_jacobian_matches_finite_differences_on_prior_draws(name, rng):
    coordinates = MODELS[name].sampling_coordinates
    values = prior_draws(coordinates, 400, rng)
    u = coordinates.forward(values)
    if "stretched_mass_ratio" in coordinates.names:  # next to r = 0 there is no room for a step; the corners go there
        u = u[unstretch_ratio(u[:, 1])[0] > 0.05]
    coarse, fine = (numerical_log_jacobian(coordinates, u, step) for step in (1e-4, 3e-5))
    smooth = np.abs(coarse - fine) < 1e-7  # not so in a few rows next to a threshold of the ridge or to m_dm = m_e
    assert smooth.mean() > 0.97
    assert_allclose(coordinates.inverse(u).log_jacobian[smooth], fine[smooth], atol=1e-6)


@pytest.mark.parametrize("name", ["anomaly_free", "vector_portal"])
def test_jacobian_matches_finite_differences_across_the_resonance(name):
    offsets = np.array([-3e-2, -1e-3, -1e-4, -1e-5, -1e-7, 0.0, 1e-7, 1e-5, 1e-4, 1e-3, 3e-2])
    model = MODELS[name]
    u = model.sampling_coordinates.forward(near_resonance(model, offsets))
    found = model.sampling_coordinates.inverse(u).log_jacobian
    # d ln r is 1e-6 du here, so that rounding of r at 1e-16 leaves 1e-8 of it
    assert_allclose(found, numerical_log_jacobian(model.sampling_coordinates, u, step=1e-2), atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_jacobian_matches_finite_differences_at_the_edges_of_the_box(name):
    coordinates = MODELS[name].sampling_coordinates
    u = coordinates.forward(corners(coordinates))
    found = coordinates.inverse(u).log_jacobian
    # next to r = 0 the stretched ratio has no room for a large step
    assert_allclose(found, numerical_log_jacobian(coordinates, u, step=1e-5), atol=1e-5)


@pytest.mark.parametrize("name", ["anomaly_free", "minimal", "minimal_corrected", "anomaly_free_universal"])
def test_one_coordinate_is_the_mass_that_the_model_predicts(name, surroundings, rng):
    model = MODELS[name]
    values = prior_draws(model.sampling_coordinates, 200, rng)
    prediction = model.predict(values | galaxy(200), surroundings)
    exists = np.isfinite(prediction.spectrum.m_dm)
    column = model.sampling_coordinates.names.index("stretched_m_dm")
    logarithm = np.log(prediction.spectrum.m_dm[exists] / ELECTRON_MASS)
    expected = np.sign(logarithm) * np.sqrt(np.abs(logarithm))  # docs/physics/sampling.md 1
    assert exists.sum() > 50
    assert_allclose(model.sampling_coordinates.forward(values)[exists, column], expected, rtol=1e-9)


def test_one_coordinate_is_the_stretched_mass_ratio(surroundings, rng):
    model = MODELS["anomaly_free"]
    values = prior_draws(model.sampling_coordinates, 200, rng)
    spectrum = model.predict(values | galaxy(200), surroundings).spectrum
    exists = np.isfinite(spectrum.m_dm)
    expected = np.arcsinh((spectrum.m_u / (2 * spectrum.m_dm) - 1) / RESONANCE_WIDTH)[exists]
    assert_allclose(model.sampling_coordinates.forward(values)[exists, 1], expected, rtol=1e-9)


# Boxes: the whole prior, and a slab that is nothing but the resonance.
SLABS = {
    "anomaly_free": ({}, {"g": (0.5, 0.51), "lambda": (0.355, 0.359)}),
    "minimal": ({}, {"m_soft_tev": (1.0, 2.0)}),
    "vector_portal": ({}, {"m_dm_mev": (5.0, 5.01), "m_u_mev": (9.99, 10.03)}),
}


@pytest.mark.parametrize("name, slab", [(name, slab) for name, slabs in SLABS.items() for slab in slabs])
def test_a_walk_in_coordinates_leaves_the_prior_as_it_is(name, slab, rng):
    # Metropolis with density |d ln parameters / d coordinates| in the box: chains that start as prior draws stay so.
    coordinates = MODELS[name].sampling_coordinates
    boxes = BOXES | slab

    def log_density(u):
        values, log_jacobian = coordinates.inverse(u)
        inside = np.isfinite(log_jacobian)
        for parameter in coordinates.parameters:
            value = np.where(inside, values[parameter], np.nan)
            inside = inside & (value >= boxes[parameter][0]) & (value <= boxes[parameter][1])
        return np.where(inside, log_jacobian, -np.inf)

    u = coordinates.forward(prior_draws(coordinates, 4000, rng, boxes))
    steps = np.subtract(*np.quantile(u, [0.75, 0.25], axis=0))
    density, moved = log_density(u), np.zeros(len(u), dtype=bool)
    for _ in range(60):
        # small and large steps, one coordinate or all of them
        chosen = rng.random(u.shape) < rng.choice([0.3, 1.0])
        proposal = u + chosen * steps * rng.normal(size=u.shape) * 10.0 ** rng.uniform(-2, 0)
        proposed = log_density(proposal)
        accepted = np.log(rng.random(len(u))) < proposed - density
        u, density = np.where(accepted[:, None], proposal, u), np.where(accepted, proposed, density)
        moved |= accepted
    assert moved.mean() > 0.95
    values = coordinates.inverse(u).values
    for parameter in coordinates.parameters:
        low, high = np.log(boxes[parameter])
        unit = (np.log(values[parameter]) - low) / (high - low)
        assert stats.kstest(unit, "uniform").pvalue > 1e-4, parameter


@pytest.mark.parametrize("name", ["anomaly_free_two_loop", "minimal"])
def test_coordinate_of_the_mass_is_that_of_the_prediction(name, rng, surroundings):
    model = MODELS[name]
    values = prior_draws(model.sampling_coordinates, 50, rng)
    if "lambda" in values:
        values["lambda"] = 0.5 * values["g"]  # a vacuum exists
    prediction = model.predict(values | galaxy(50), surroundings)
    coordinate = model.sampling_coordinates.forward(values)[:, -2]
    assert_allclose(coordinate * np.abs(coordinate), np.log(prediction.spectrum.m_dm / ELECTRON_MASS), atol=1e-11)


@pytest.mark.parametrize("name", MODELS)
def test_unreachable_coordinates_have_density_zero_and_never_nan(name, rng):
    coordinates = MODELS[name].sampling_coordinates
    near, far = (rng.normal(scale=scale, size=(2000, len(coordinates.names))) for scale in (5.0, 300.0))
    log_jacobian = [coordinates.inverse(near).log_jacobian]
    with np.errstate(all="ignore"):
        log_jacobian.append(coordinates.inverse(far).log_jacobian)
    for found in log_jacobian:
        assert not np.isnan(found).any()
        assert not (found == np.inf).any()
    assert (log_jacobian[1] == -np.inf).any()


@pytest.mark.parametrize("name", ["anomaly_free", "vector_portal"])
def test_a_mass_ratio_that_is_not_positive_is_unreachable(name):
    model = MODELS[name]
    u = model.sampling_coordinates.forward(near_resonance(model, np.array([0.0, 0.0])))
    u[:, 1] = np.arcsinh(-1 / RESONANCE_WIDTH) + np.array([-1e-3, 1e-3])  # r = 0 between
    log_jacobian = model.sampling_coordinates.inverse(u).log_jacobian
    assert log_jacobian[0] == -np.inf
    assert np.isfinite(log_jacobian[1])


def test_a_mass_beyond_the_largest_radiative_mass_is_unreachable():
    # m_S sqrt(ln(Lambda^2/m_S^2)) has its maximum at ln(Lambda^2/m_S^2) = 1: at fixed g and chi, m_dm ends there
    coordinates = MODELS["minimal"].sampling_coordinates
    near = 1e6 * np.exp(-0.5) * (1 - 1e-3)
    (u,) = coordinates.forward({"g": np.ones(1), "chi": np.array([1e-8]), "m_soft_tev": np.array([near])})
    steps = np.linspace(0.0, 1e-2, 200)
    log_jacobian = coordinates.inverse(
        np.column_stack([np.full(200, u[0]), u[1] + steps, np.full(200, u[2])])
    ).log_jacobian
    reachable = np.isfinite(log_jacobian)
    # chi moves along with the ridge here, so that m_dm / chi decides
    assert reachable[0]
    assert set(log_jacobian[~reachable]) <= {-np.inf}
    falling = coordinates.inverse(np.array([[u[0], u[1], u[2] - 1e-2]])).log_jacobian[
        0
    ]  # a smaller chi at the same m_dm
    assert falling == -np.inf


@given(st.floats(min_value=1e-3, max_value=1e3))
def test_stretching_is_undone(ratio):
    back, _ = unstretch_ratio(stretch_ratio(np.array([ratio])))
    assert_allclose(back, ratio, rtol=1e-11)


@given(st.floats(min_value=-14.4, max_value=25.0))
def test_stretching_grows_with_the_ratio(coordinate):
    below, above = unstretch_ratio(np.array([coordinate, coordinate + 1e-3]))[0]
    assert below < above


def test_needle_is_resolved():
    # the coordinate moves by about one between offsets 0 and 1e-6
    assert_allclose(np.diff(stretch_ratio(np.array([1.0, 1.0 + 1e-6]))), np.arcsinh(1.0), rtol=1e-9)


def test_ridge_is_a_finite_function_of_prior_draws(rng):
    g, ratio, mass = (
        np.exp(rng.uniform(np.log(low), np.log(high), 5000)) for low, high in ((1e-3, 3.5), (2e-4, 2e4), (1e-6, 1e6))
    )
    assert np.isfinite(log_relic_ridge(np.log(g), ratio, np.log(mass), 0.3)).all()


def test_ridge_is_proportional_to_one_over_the_coupling_away_from_the_pole():
    # sigma v ~ (g chi / m_dm)^2 below the pole
    ridge = log_relic_ridge(np.log([0.1, 1.0]), np.array([0.4, 0.4]), np.log([3.0, 3.0]), 0.3)
    assert_allclose(np.diff(ridge), -np.log(10.0), rtol=1e-9)


def test_ridge_rises_with_the_square_of_a_heavy_u():
    # sigma v ~ 1 / (r^2 - 1)^2 far above it
    ridge = log_relic_ridge(np.zeros(2), np.array([30.0, 300.0]), np.log([30.0, 30.0]), 0.3)
    assert_allclose(np.diff(ridge), 2 * np.log(10.0), rtol=1e-2)


@pytest.mark.parametrize("m_dm", [0.6, 2.0, 8.0, 40.0, 130.0])
@pytest.mark.parametrize("g", [1e-3, 1e-2, 0.3, 3.0])
def test_relic_abundance_is_the_observed_one_along_the_ridge(g, m_dm, surroundings):
    # below the resonance, at the pole, where the pole is as wide as U -> e+e- makes it (small g), and far above;
    # above the threshold of muons too. Omega h^2 goes with the inverse square of the mixing.
    ratio = np.array([0.9, 0.999, 1.02, 1.1, 1.3, 2.2, 4.0])
    coordinates = MODELS["vector_portal"].sampling_coordinates
    same = np.ones(len(ratio))
    u = np.column_stack(
        [np.log(g) * same, stretch_ratio(ratio), np.sqrt(np.log(m_dm / ELECTRON_MASS)) * same, 0.0 * same]
    )
    values = coordinates.inverse(u).values
    perturbative = values["epsilon"] < 0.3
    prediction = MODELS["vector_portal"].predict(values | galaxy(len(ratio)), surroundings)
    offset = 0.5 * np.log(prediction.omega_h2 / 0.11)
    assert np.all(np.abs(offset[perturbative]) < 0.2), dict(zip(ratio, offset, strict=True))
    assert perturbative.sum() >= 4


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("n", [0, 1, 5])
def test_batch_equals_row_by_row(name, n, rng):
    coordinates = MODELS[name].sampling_coordinates
    values = prior_draws(coordinates, n, rng)
    u = coordinates.forward(values)
    assert u.shape == (n, len(coordinates.names))
    found = coordinates.inverse(u)
    assert found.log_jacobian.shape == (n,)
    for i in range(n):
        row = {parameter: value[i : i + 1] for parameter, value in values.items()}
        assert_allclose(coordinates.forward(row)[0], u[i], rtol=1e-14)
        assert_allclose(coordinates.inverse(u[i : i + 1]).log_jacobian[0], found.log_jacobian[i], rtol=1e-14)


# --- the correction of the ridge -----------------------------------------------------------------------------------

RIDGE_NODES = (np.array([-6.0, -1.0, 1.0]), np.array([-3.0, 0.0, 2.0, 9.0]), np.array([0.2, 1.0]))


def tabulated(function):
    """The table of a function of the three coordinates."""
    return RidgeCorrection(*RIDGE_NODES, function(*np.meshgrid(*RIDGE_NODES, indexing="ij")))


def test_correction_is_the_table_at_its_nodes(rng):
    values = rng.normal(size=(3, 4, 2))
    nodes = [axis.ravel() for axis in np.meshgrid(*RIDGE_NODES, indexing="ij")]
    assert_allclose(RidgeCorrection(*RIDGE_NODES, values).at(*nodes), values.ravel(), rtol=1e-12)


def test_correction_is_exact_for_a_product_of_linear_functions(rng):
    def function(g, ratio, mass):
        return (1.0 + g) * (2.0 - 0.3 * ratio) * (0.5 + mass)

    points = [rng.uniform(axis[0], axis[-1], 200) for axis in RIDGE_NODES]
    assert_allclose(tabulated(function).at(*points), function(*points), rtol=1e-12, atol=1e-12)


def test_correction_is_constant_beyond_the_nodes():
    correction = tabulated(lambda g, ratio, mass: g + ratio + mass)
    outside = correction.at(np.array([-9.0, 5.0]), np.array([-20.0, 30.0]), np.array([-1.0, 4.0]))
    assert_allclose(outside, [-6.0 - 3.0 + 0.2, 1.0 + 9.0 + 1.0])


def test_each_point_is_interpolated_alone_and_an_unknown_place_stays_unknown(rng):
    correction = RidgeCorrection(*RIDGE_NODES, rng.normal(size=(3, 4, 2)))
    points = np.array([rng.uniform(-10.0, 10.0, 50), rng.uniform(-10.0, 10.0, 50), rng.uniform(0.0, 2.0, 50)])
    assert_array_equal([correction.at(*points[:, [i]])[0] for i in range(50)], correction.at(*points))
    assert np.isnan(correction.at(np.array([np.nan]), np.zeros(1), np.zeros(1)))[0]
    assert correction.at(*np.empty((3, 0))).shape == (0,)


@pytest.mark.parametrize("axis", range(3))
def test_correction_is_continuous(axis, rng):
    # A bijection needs a function of the other coordinates; the chains also need one without steps.
    correction = RidgeCorrection(*RIDGE_NODES, rng.normal(size=(3, 4, 2)))
    points = np.array([rng.uniform(nodes[0], nodes[-1], 100) for nodes in RIDGE_NODES])
    moved = points.copy()
    moved[axis] += 1e-7
    assert_allclose(correction.at(*moved), correction.at(*points), atol=1e-5)


@pytest.mark.parametrize("name", ["anomaly_free", "anomaly_free_universal", "vector_portal"])
def test_corrected_coordinates_are_a_bijection_with_the_same_jacobian(name, rng):
    correction = RidgeCorrection(*RIDGE_NODES, rng.normal(size=(3, 4, 2)))
    plain = MODELS[name].sampling_coordinates
    corrected = plain.corrected(correction)
    values = prior_draws(plain, 100, rng)
    theta = corrected.forward(values)
    exists = np.isfinite(theta).all(axis=1)
    assert exists.mean() > 0.5
    moved = theta[exists] - plain.forward(values)[exists]
    assert_array_equal(moved[:, :3], np.zeros_like(moved[:, :3]))
    assert_allclose(moved[:, 3], -correction.at(*theta[exists, :3].T), atol=1e-9)
    found = corrected.inverse(theta[exists])
    for parameter, value in values.items():
        assert_allclose(found.values[parameter], value[exists], rtol=1e-6)
    assert_allclose(found.log_jacobian, plain.inverse(plain.forward(values)[exists]).log_jacobian, atol=1e-9)


def test_the_coordinate_of_the_mass_is_inverted_on_both_sides_of_the_electron():
    coordinate = np.array([-1.5, -0.2, 0.3, 2.5])
    log_mass, log_jacobian = unstretch_mass(coordinate)
    assert_allclose(stretch_mass(log_mass), coordinate, rtol=1e-12)
    step = 1e-6
    slope = (unstretch_mass(coordinate + step)[0] - unstretch_mass(coordinate - step)[0]) / (2.0 * step)
    assert_allclose(np.exp(log_jacobian), slope, rtol=1e-8)
    assert np.all(np.diff(log_mass) > 0.0)


def test_the_coordinate_of_the_mass_is_zero_at_that_of_the_electron():
    assert stretch_mass(np.log([ELECTRON_MASS]))[0] == 0.0
    log_mass, log_jacobian = unstretch_mass(np.zeros(1))
    assert_allclose(np.exp(log_mass), ELECTRON_MASS, rtol=1e-14)
    assert log_jacobian[0] == -np.inf
