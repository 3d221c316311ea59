from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from workflow.inference.comparisons.lost_pieces import (
    ALL_LATER,
    Piece,
    Remainder,
    closing,
    compare_pieces,
    later_log_likelihoods,
    membership,
    strongest,
    weigh,
)

N = 4000
BELOW = np.arange(N) < N // 2
PIECES = {"below the resonance": BELOW, "above the resonance": ~BELOW}


def of_all(weighings, datum=ALL_LATER):
    (weighing,) = (w for w in weighings if w.datum == datum)
    return weighing.remainders


def test_a_datum_that_says_nothing_leaves_everything():
    remainders = of_all(weigh({"flat": np.full(N, -3.0)}, PIECES), "flat")
    for remainder in remainders.values():
        assert (remainder.fraction, remainder.draws) == (1.0, N // 2)
        assert_allclose(remainder.kish, N // 2)
        assert not remainder.is_limit
        assert remainder.at_most == 1.0


def test_remaining_fraction_is_the_mean_likelihood_over_the_best(rng):
    column = -rng.exponential(size=N)
    column[0] = 0.0
    remainders = of_all(weigh({"datum": column - 7.0}, PIECES), "datum")
    weights = np.exp(column[BELOW])
    assert_allclose(remainders["below the resonance"].fraction, weights.mean())
    assert_allclose(remainders["below the resonance"].kish, weights.sum() ** 2 / (weights**2).sum())


def test_all_data_have_the_product_of_the_weights(rng):
    one, other = -rng.exponential(size=(2, N))
    remainder = of_all(weigh({"one": one, "other": other}, PIECES))["above the resonance"]
    product = np.exp(one - one.max() + other - other.max())[~BELOW]
    assert_allclose(remainder.fraction, product.mean())


def test_few_effective_draws_give_an_upper_limit():
    column = np.where(BELOW, -np.inf, 0.0)
    column[3] = 0.0
    remainder = of_all(weigh({"dump": column}, PIECES), "dump")["below the resonance"]
    assert remainder.is_limit
    assert_allclose(remainder.kish, 1.0)
    assert_allclose(remainder.at_most, 4.0 / (N // 2))  # one draw, and three that might have been missed at 95 %


def test_limit_of_an_excluded_piece_covers_what_draws_may_miss(rng):
    # A part that is left holds the fraction p of the piece; in 95 % of all samples it lies below the limit.
    n, p = 300, 0.008
    covered = 0
    for _ in range(2000):
        column = np.where(rng.random(n) < p, 0.0, -np.inf)
        weighings = weigh({"dump": np.append(column, 0.0)}, {"piece": np.append(np.full(n, True), False)})
        covered += of_all(weighings, "dump")["piece"].at_most >= p
    assert covered / 2000 > 0.93


def test_a_piece_without_draws_has_no_fraction():
    remainder = of_all(weigh({"flat": np.zeros(N)}, {"nothing": np.zeros(N, dtype=bool)}), "flat")["nothing"]
    assert np.isnan(remainder.fraction)
    assert (remainder.kish, remainder.draws) == (0.0, 0)


def test_data_that_no_draw_survives_leave_nothing():
    remainder = of_all(weigh({"impossible": np.full(N, -np.inf)}, PIECES))["below the resonance"]
    assert (remainder.fraction, remainder.kish) == (0.0, 0.0)
    assert_allclose(remainder.at_most, 3.0 / (N // 2))


def test_without_later_data_there_is_nothing_to_weigh():
    with pytest.raises(ValueError, match="no datum that the earlier one does not have"):
        weigh({}, PIECES)


def test_what_takes_weight_from_all_pieces_alike_closes_none():
    sharper = np.full(N, -6.0)
    sharper[::20] = 0.0  # 5 % of both pieces are left
    dump = np.where(BELOW, -5.0, 0.0)
    weak = np.where(BELOW, -0.5, 0.0)
    weighings = weigh({"abundance": sharper, "weak": weak, "dump": dump}, PIECES)
    assert [w.datum for w in closing(weighings, "below the resonance")] == ["dump"]
    assert closing(weighings, "above the resonance") == ()
    assert strongest(weighings, "below the resonance").datum == "dump"


def test_a_piece_is_lost_if_it_was_allowed_and_is_not_today():
    piece = Piece("below the resonance", "", 0.5, 0.01, 0.01, 0.001)
    assert piece.lost
    assert not replace(piece, later=0.1).lost
    # allowed: at least a hundredth of the earlier posterior; lost: less than a twentieth of it is left
    assert not replace(piece, earlier=0.0099, later=0.0).lost
    assert replace(piece, earlier=0.0101, later=0.0).lost
    assert replace(piece, later=0.0249).lost
    assert not replace(piece, later=0.0251).lost


def test_pieces_cover_the_draws_and_do_not_overlap(file):
    inside = membership(file)
    assert_array_equal(np.sum(list(inside.values()), axis=0), 1)
    ratio = file.samples("m_u_mev") / (2.0 * file.samples("m_dm_mev"))
    assert_array_equal(inside["below the resonance"], ratio <= 0.99)


def test_fractions_of_both_runs_stand_side_by_side(file):
    resonant = replace(file, posterior=file.posterior.assign(m_u_mev=2.0 * file.posterior.m_dm_mev), run="later")
    below, on, above = compare_pieces(file, resonant)
    assert_allclose(below.earlier + on.earlier + above.earlier, 1.0)
    assert (below.later, on.later, above.later) == (0.0, 1.0, 0.0)
    assert below.lost
    assert not on.lost
    assert below.later_error > 0.0


def test_a_run_without_masses_is_refused(file):
    with pytest.raises(ValueError, match="has no variable 'm_u_mev'"):
        membership(replace(file, posterior=file.posterior.drop_vars("m_u_mev")))


@pytest.fixture(scope="module")
def both(posterior_of):
    later = (
        "likelihoods.relic_abundance.era=modern",
        "likelihoods.kinetic_mixing={era: modern, include: [w_mass, kloe]}",
        "parameters.baryon_scale={prior: normal, mean: 1.0, sigma: 0.1, min: 0.5, max: 1.5}",
    )
    earlier = "likelihoods.kinetic_mixing={era: 2008, include: [w_mass]}"
    return posterior_of("hooper_zurek_2008_paper", earlier), posterior_of("hooper_zurek_2008_paper", *later)


def test_later_data_are_those_that_differ(both, rng):
    earlier, later = both
    draws = earlier.sample_prior_values(50, rng)
    columns = later_log_likelihoods(earlier, later, {name: draws[name] for name in earlier.priors}, rng)
    assert set(columns) == {"relic_abundance", "kinetic_mixing.w_mass", "kinetic_mixing.kloe"}
    assert all(column.shape == (50,) for column in columns.values())
    assert later_log_likelihoods(earlier, earlier, {name: draws[name] for name in earlier.priors}, rng) == {}


def test_log_likelihoods_are_those_of_the_later_run_at_the_values_of_the_earlier_one(both, rng):
    earlier, later = both
    draws = earlier.sample_prior_values(50, rng)
    columns = later_log_likelihoods(earlier, later, {name: draws[name] for name in earlier.priors}, rng)
    terms = later.log_likelihoods(draws | {"baryon_scale": np.ones(50)})  # no likelihood of this run asks for baryons
    assert_array_equal(columns["relic_abundance"], terms[:, list(later.likelihoods).index("relic_abundance")])


def test_a_remainder_is_a_limit_only_where_few_draws_carry_it():
    assert Remainder(0.01, 19.9, 1000).at_most == pytest.approx(0.013)
    assert Remainder(0.01, 20.1, 1000).at_most == 0.01


@pytest.mark.parametrize(
    "earlier, later, lost, stays",
    [
        (0.05, 0.04, False, True),  # small, and as small as it was
        (0.05, 1e-4, True, False),
        (0.05, 0.0, True, False),
        (0.0, 0.05, False, False),  # new
        (1e-4, 0.0, False, False),  # it was hardly there
    ],
)
def test_a_piece_stays_if_both_allow_it_however_small_it_is(earlier, later, lost, stays):
    piece = Piece("on", "m_U = 2 m_DM", earlier, 1e-4, later, 1e-4)
    assert (piece.lost, piece.stays) == (lost, stays)
