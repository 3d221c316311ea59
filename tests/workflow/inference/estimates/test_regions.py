"""Densities, intervals and levels against distributions whose answers are known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import ndimage
from scipy.stats import norm

from workflow.inference.estimates.regions import (
    Axis,
    Interval,
    _blurred,
    central_interval,
    density_1d,
    highest_density_intervals,
    region_2d,
    without_bumps,
)
from workflow.inference.writing.refusal import Refusal

N = 40_000


def _rng() -> np.random.Generator:
    return np.random.default_rng(20080124)


def _share_inside(region, x, y, level):
    i = np.clip(np.searchsorted(region.y, y), 0, region.y.size - 1)
    j = np.clip(np.searchsorted(region.x, x), 0, region.x.size - 1)
    return np.mean(region.density[i, j] >= level)


def _pieces(region, level):
    return ndimage.label(region.density >= level)[1]


def test_gaussian_levels_enclose_the_analytic_ellipses():
    x, y = _rng().normal(size=(2, N))
    region = region_2d(x, y, Axis(), Axis())
    area = np.diff(region.x)[5] * np.diff(region.y)[5]
    for level, probability in zip(region.levels, (0.68, 0.95), strict=True):
        analytic = -2.0 * np.pi * np.log(1.0 - probability)  # pi r^2 with r^2 = -2 ln(1 - p)
        assert_allclose(area * np.count_nonzero(region.density >= level), analytic, rtol=0.05)


def test_levels_hold_their_share_of_the_samples():
    x, y = _rng().multivariate_normal([0.0, 0.0], [[1.0, 0.97], [0.97, 1.0]], N).T
    region = region_2d(x, y, Axis(), Axis())
    assert_allclose(_share_inside(region, x, y, region.levels[0]), 0.68, atol=0.02)
    assert_allclose(_share_inside(region, x, y, region.levels[1]), 0.95, atol=0.02)


def test_two_separated_blobs_stay_separated():
    x, y = 0.1 * _rng().normal(size=(2, N))
    x[::2] += 1.0
    region = region_2d(x, y, Axis(), Axis())
    assert _pieces(region, region.levels[0]) == 2
    assert _pieces(region, region.levels[1]) == 2
    middle = np.argmin(abs(region.x - 0.5))
    assert region.density[:, middle].max() < 0.05 * region.levels[1]


@pytest.mark.parametrize("width", [1.5, 5.0, 8.0, 28.0, 48.0])
def test_a_spike_is_blurred_to_the_standard_deviation_that_is_asked_for(width):
    cells = np.arange(801.0)
    blurred = _blurred(np.where(cells == 400.0, 1.0, 0.0), np.full(cells.size, width))
    assert blurred.sum() == pytest.approx(1.0)
    assert np.sqrt(blurred @ (cells - 400.0) ** 2) == pytest.approx(width, rel=0.03)


def test_a_narrow_diagonal_gap_stays_open():
    rng = _rng()
    g = rng.uniform(-3.0, 0.5, N)
    offset = rng.uniform(-0.85, 0.0, N)
    keep = (offset > -0.30) | (offset < -0.38)  # m_U < 2 m_dm and m_U > 2.4 m_dm
    region = region_2d(g[keep], (g + offset)[keep], Axis(), Axis())
    assert _pieces(region, region.levels[1]) == 2


def test_density_does_not_leak_over_a_prior_edge():
    x = abs(_rng().normal(size=N))
    density = density_1d(x, Axis(lower=0.0))
    assert density.edges[0] == 0.0
    assert_allclose(density.density[0], 2.0 * norm.pdf(0.0), rtol=0.05)
    assert_allclose((density.density * np.diff(density.edges)).sum(), 1.0, atol=5e-3)


def test_region_is_flat_up_to_a_prior_edge():
    x, y = _rng().uniform(size=(2, N))
    region = region_2d(x, y, Axis(lower=0.0, upper=1.0), Axis(lower=0.0, upper=1.0))
    inner = region.density[1:-1, 1:-1]
    assert_allclose(inner, inner.mean(), rtol=0.35)
    assert np.all(region.density[0] == 0.0)


def test_cliff_without_a_declared_bound_stays_a_cliff():
    x = 1.0 + _rng().exponential(size=N)
    lowest = highest_density_intervals(x, 0.95, Axis())[0].lower
    assert_allclose(lowest, 1.0, atol=1e-3)


def test_hdi_of_a_bimodal_sample_has_two_pieces():
    x = 0.1 * _rng().normal(size=N)
    x[::2] += 2.0
    pieces = highest_density_intervals(x, 0.68, Axis())
    reach = 0.1 * norm.ppf(0.5 + 0.34)
    assert len(pieces) == 2
    assert_allclose(pieces, [(-reach, reach), (2.0 - reach, 2.0 + reach)], atol=0.012)


def test_hdi_of_a_gaussian_is_one_interval():
    (interval,) = highest_density_intervals(_rng().normal(3.0, 0.5, N), 0.95, Axis())
    assert_allclose(interval, (3.0 - 0.98, 3.0 + 0.98), atol=0.06)


def test_flat_plateau_beside_a_gap_is_not_cut_into_slivers():
    rng = _rng()
    x = rng.permutation(np.concatenate([rng.uniform(1.0, 2.0, N // 4), rng.uniform(2.4, 6.0, N)]))
    assert len(highest_density_intervals(x, 0.95, Axis())) == 2


def test_logarithmic_axis_finds_the_interval_in_log10():
    x = 10.0 ** _rng().normal(-5.0, 1.0, N)
    (interval,) = highest_density_intervals(x, 0.68, Axis("log"))
    assert_allclose(np.log10(interval), (-5.994, -4.006), atol=0.08)


def test_constant_samples_give_a_point():
    assert highest_density_intervals(np.full(100, 2.5), 0.68, Axis()) == ((2.5, 2.5),)


def held_by(pieces, samples):
    return sum(np.mean((samples >= piece.lower) & (samples <= piece.upper)) for piece in pieces)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
@pytest.mark.parametrize("probability", [0.68, 0.95])
def test_a_value_that_many_draws_share_is_a_point_of_its_own(share, probability, rng):
    """Nothing is smeared over it: between the point and the rest there is no probability."""
    samples = np.where(rng.uniform(size=20_000) < share, 0.0, rng.normal(5.0, 0.5, size=20_000))
    point, *rest = highest_density_intervals(samples, probability, Axis())
    assert point == Interval(0.0, 0.0)
    assert bool(rest) == (share < probability)
    assert all(3.0 < piece.lower < piece.upper < 7.0 for piece in rest)
    held = held_by([point, *rest], samples)
    assert held == pytest.approx(max(probability, np.mean(samples == 0.0)), abs=0.01)


def test_an_interval_takes_up_a_shared_value_at_its_end_or_inside(rng):
    normal = rng.normal(3.0, 0.3, size=20_000)
    for samples in (np.minimum(normal, 3.0), np.where(rng.uniform(size=20_000) < 0.5, 3.0, normal)):
        (piece,) = highest_density_intervals(samples, 0.8, Axis())
        assert piece.lower < 2.9
        assert piece.upper >= 3.0
        assert held_by([piece], samples) == pytest.approx(0.8, abs=0.02)


def test_of_several_shared_values_the_most_frequent_come_first():
    samples = np.repeat([3.0, -1.0, 7.0], [500, 300, 200])
    assert highest_density_intervals(samples, 0.45, Axis()) == (Interval(3.0, 3.0),)
    assert highest_density_intervals(samples, 0.68, Axis()) == (Interval(-1.0, -1.0), Interval(3.0, 3.0))


@pytest.mark.parametrize("scale", ["log", "linear"])
@pytest.mark.parametrize("factor", [7.3, 1e-30, 4e25])
def test_proportional_quantities_have_proportional_intervals(scale, factor, rng):
    samples = np.exp(rng.normal(0.3, 0.4, size=5000))
    for probability in (0.68, 0.95):
        one, other = (highest_density_intervals(k * samples, probability, Axis(scale)) for k in (1.0, factor))
        assert_allclose(np.array(other) / factor, np.array(one), rtol=1e-6)


def test_a_quantity_of_the_other_sign_has_the_mirrored_intervals(rng):
    samples = np.concatenate([rng.normal(-1.0, 0.2, size=3000), rng.normal(2.0, 0.5, size=3000)])
    rng.shuffle(samples)
    pieces = highest_density_intervals(samples, 0.9, Axis())
    mirrored = highest_density_intervals(-samples, 0.9, Axis())
    assert len(pieces) == 2
    assert_allclose(-np.array(mirrored)[::-1, ::-1], np.array(pieces), atol=0.02)


def test_almost_constant_samples_give_a_narrow_interval():
    x = np.full(1000, 80.353)
    x[:3] -= 1e-3
    ends = highest_density_intervals(x, 0.68, Axis())
    assert_allclose(ends[-1].upper, 80.353, atol=1e-4)


def test_repeated_draws_widen_the_smoothing_instead_of_making_spikes():
    x = np.repeat(_rng().normal(size=N // 20), 20)
    assert len(highest_density_intervals(x, 0.68, Axis())) == 1


def test_central_interval_is_between_quantiles():
    assert_allclose(central_interval(np.linspace(0.0, 1.0, 1001), 0.9), (0.05, 0.95))


def test_samples_that_are_not_numbers_fail():
    with pytest.raises(ValueError, match="1 of 50 samples are not finite"):
        density_1d(np.append(np.arange(49.0), np.nan), Axis())


def test_negative_samples_on_a_logarithmic_axis_fail():
    with pytest.raises(Refusal, match=r"has the value -?[0-9.]+; allowed: > 0"):
        density_1d(np.linspace(-1.0, 1.0, 50), Axis("log"))


def test_unequal_shapes_fail():
    with pytest.raises(ValueError, match="same shape"):
        region_2d(np.zeros(5), np.zeros(6), Axis(), Axis())


def test_bumps_that_noise_explains_go_and_others_stay():
    x = np.linspace(0.0, 4.0 * np.pi, 400)
    curve = 10.0 + 3.0 * np.sin(x)
    noisy = curve + 0.2 * np.sin(37.0 * x)
    smooth = without_bumps(noisy, np.full(400, 0.8))
    assert np.count_nonzero(np.diff(np.sign(np.diff(smooth)[np.diff(smooth) != 0.0]))) == 4  # two of each
    assert_allclose(smooth, curve, atol=0.25)
    assert_allclose(smooth.sum(), noisy.sum(), rtol=1e-9)


def test_a_bump_at_the_beginning_is_levelled_with_the_first_cell():
    rising = np.array([1.0, 1.2, 0.7, 3.0, 0.0])
    out = without_bumps(rising, np.full(5, 1.0))
    assert (np.diff(out[:4]) >= 0.0).all()
    assert_allclose(out.sum(), rising.sum())


def test_a_cliff_and_a_needle_survive_the_removal_of_bumps():
    curve = np.concatenate([np.zeros(50), np.full(100, 5.0), np.zeros(50)])
    curve[100] = 50.0
    assert_allclose(without_bumps(curve, np.full(200, 1.0)), curve)


def test_a_plateau_of_few_draws_has_neither_holes_nor_specks():
    x, y = _rng().uniform(size=(2, 8000))
    region = region_2d(x, y, Axis(lower=0.0, upper=1.0), Axis(lower=0.0, upper=1.0), (0.68, 0.95, 0.995))
    outer = region.density[1:-1, 1:-1] >= region.levels[2]
    assert ndimage.label(outer, np.ones((3, 3)))[1] == 1
    assert ndimage.label(~outer)[1] <= 2


def test_levels_are_those_asked_for():
    x, y = _rng().normal(size=(2, N))
    region = region_2d(x, y, Axis(), Axis(), (0.5, 0.9))
    assert_allclose([_share_inside(region, x, y, level) for level in region.levels], [0.5, 0.9], atol=0.02)


def test_a_density_of_a_gaussian_has_one_maximum():
    density = density_1d(_rng().normal(size=N // 8), Axis()).density
    rises = np.sign(np.diff(density)[abs(np.diff(density)) > 1e-12])
    assert np.count_nonzero(np.diff(rises)) == 1
