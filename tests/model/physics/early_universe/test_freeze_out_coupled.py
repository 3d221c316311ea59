"""Density and temperature of dark matter together, against a slow solution and in limits."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import momentum_oracle
from reference.couplings import couplings_of
from reference.relic_oracle import Case
from reference.stored import stored

from model.physics.constants import E_CHARGE
from model.physics.early_universe import momentum_exchange
from model.physics.early_universe.cosmology_settings import BEST_COSMOLOGY
from model.physics.early_universe.freeze_out import Assumptions, relic_abundance
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum, Widths

KIND = {
    "majorana": DarkMatter.MAJORANA,
    "scalar": DarkMatter.SCALAR,
    "dirac": DarkMatter.DIRAC,
    "chiral": DarkMatter.DIRAC_CHIRAL,
}


def inputs(case):
    one = np.ones(1)
    couplings = couplings_of(case.g_dm, case.g_l, case.g_r)
    spectrum = Spectrum(case.m_dm * one, case.m_u * one, one, np.nan * one)
    widths = partial_widths(spectrum, couplings, KIND[case.kind])
    if case.width is not None:
        none = np.zeros(1)
        widths = Widths(**{**dict.fromkeys(vars(widths), none), "electrons": case.width * one})
    return spectrum, couplings, widths, KIND[case.kind]


def solved(case, u_pairs=False, ln_gamma=None):
    """The abundance with the rate of momentum exchange, or with the same one at all temperatures."""
    spectrum, couplings, widths, kind = inputs(case)
    history = standard_thermal_history()
    exchange = momentum_exchange.exchange(spectrum, couplings, kind, history)
    if ln_gamma is not None:
        exchange = exchange._replace(ln_gamma=np.full_like(exchange.ln_gamma, ln_gamma))
    return relic_abundance(spectrum, couplings, widths, kind, history, Assumptions(u_pairs, exchange=exchange))


def one_temperature(case, u_pairs=False):
    return relic_abundance(*inputs(case), standard_thermal_history(), Assumptions(u_pairs)).omega_h2


# (case, channels): near the pole on both sides, off it, closed at rest, at a threshold, secluded
POINTS = {
    "sub-MeV": (Case("majorana", 0.72, 2.16, 0.3, 9.26e-6, 9.26e-6), ("electrons",)),
    "pole in the tail": (Case("majorana", 1.05, 2.625, 0.3, 5e-7, 5e-7), ("electrons",)),
    "above the pole": (Case("majorana", 10.0, 20.002, 0.03, 8.7e-9, 8.7e-9), ("electrons",)),
    "below the pole": (Case("majorana", 10.0, 19.998, 0.03, 1.9e-5, 1.9e-5), ("electrons",)),
    "1e-6 above": (Case("majorana", 10.0, 20.00002, 0.03, 2.7e-9, 2.7e-9), ("electrons",)),
    "1e-6 below": (Case("majorana", 10.0, 19.99998, 0.03, 1.28e-5, 1.28e-5), ("electrons",)),
    "scalar": (Case("scalar", 2.0, 3.9, 0.1, 2e-6, 2e-6), ("electrons",)),
    "dirac in the tail": (Case("dirac", 3.0, 6.6, 0.02, 1e-8, 1e-8), ("electrons",)),
    "chiral": (Case("chiral", 5.0, 10.01, 0.05, 1e-8, 2e-8), ("electrons",)),
    "axial electrons": (Case("majorana", 1.5, 2.7, 0.2, 3e-6, -1e-6), ("electrons",)),
    "threshold of electrons": (Case("majorana", 0.505, 1.6, 1.0, 1e-5, 1e-5), ("electrons",)),
    "muons": (Case("majorana", 150.0, 310.0, 0.3, 2e-5, 2e-5), ("electrons", "muons")),
    "width of 1e-12": (Case("dirac", 10.0, 20.2, 1e-4, 1e-7, 1e-7, width=2e-11), ("electrons",)),
    "secluded": (Case("dirac", 30.0, 12.0, 8e-3, 3e-5, 3e-5), ("electrons", "u_pairs")),
    "forbidden": (Case("dirac", 10.0, 11.5, 0.1, 1e-6, 1e-6), ("electrons", "u_pairs")),
}


# kind, m_dm, m_U, g, epsilon and Omega h^2 of a third solution that shares no code with the two others: traces for the
# elastic scattering, the second moment as an integral over both energies, and scipy's Radau.
THIRD_SOLUTION = (
    ("majorana", 1.3658849680089282, 4.103555200314834, 0.09850119615573287, 8.964643873405787e-05, 0.131362),
    ("majorana", 5.660850527876073, 11.321284538811064, 0.02325558818652365, 4.174952502483158e-05, 0.069321),
    ("majorana", 42.05374093071311, 84.34413737330316, 0.012739361402753193, 2.78782937687909e-07, 0.232146),
    ("scalar", 7.413677336730808, 33.26731987389914, 1.108555768475465, 2.6909935230822396e-04, 0.120323),
)


@pytest.mark.parametrize("kind, m_dm, m_u, g, epsilon, omega_h2", THIRD_SOLUTION)
def test_agrees_with_a_third_solution(kind, m_dm, m_u, g, epsilon, omega_h2):
    coupling = epsilon * E_CHARGE
    assert_allclose(solved(Case(kind, m_dm, m_u, g, coupling, coupling)).omega_h2, omega_h2, rtol=3e-4)


@pytest.mark.parametrize("name", POINTS)
def test_agrees_with_the_slow_solution(name):
    case, channels = POINTS[name]
    slow = stored(f"coupled_relic_oracle.coupled({case}, channels={channels}).omega_h2")
    fast = solved(case, u_pairs="u_pairs" in channels)
    assert_allclose(fast.omega_h2, slow, rtol=1.5e-3)
    assert np.all(np.abs(fast.omega_h2 / slow - 1.0) < 2.0 * fast.relative_error + 5e-4)


# The rate is tabulated down to 10 eV, and 1e-6 from a pole annihilation goes on below that.
@pytest.mark.parametrize("name", [name for name in POINTS if "1e-6" not in name])
def test_frequent_scattering_restores_one_temperature(name):
    case, channels = POINTS[name]
    u_pairs = "u_pairs" in channels
    found = solved(case, u_pairs, ln_gamma=0.0)
    assert_allclose(found.omega_h2, one_temperature(case, u_pairs), rtol=8e-4)


@pytest.mark.parametrize(
    "case",
    [
        Case("majorana", 0.5151, 1.02334, 2.9938, 3.38e-8, 3.38e-8),
        Case("majorana", 0.53, 1.0587, 2.9884, 2.157e-8, 2.157e-8),
    ],
)
def test_pairs_of_u_give_way_to_electrons_as_fast_as_they_do(case):
    # Within a tenth of ln x at freeze-out: a table of both together was 0.9 % off.
    assert_allclose(solved(case, True, ln_gamma=0.0).omega_h2, one_temperature(case, True), rtol=8e-4)


def test_s_wave_annihilation_does_not_depend_on_the_temperature():
    # <sigma v>_2 = <sigma v> = constant: no feedback either, but for relativistic corrections
    case = Case("dirac", 10.0, 300.0, 0.1, 3e-4, 3e-4)
    assert_allclose(solved(case, ln_gamma=-200.0).omega_h2, one_temperature(case), rtol=5e-3)


def test_late_temperature_falls_like_the_square_of_the_scale_factor():
    # Without scattering and with feeble annihilation dark matter cools freely from x = 5: T_X a^2 is conserved but for
    # <p^4/E^3>, which is 5/x of 3T.
    case = Case("majorana", 5.0, 20.0, 1e-6, 1e-8, 1e-8)
    history = standard_thermal_history()
    g = np.interp(1.0, history.temperature, history.g_entropy)
    start = 1.0 / (1.0 * g ** (2 / 3))
    cooling = solved(case, ln_gamma=-200.0).cooling[0]
    # int 5/x_X dlnx with x_X = x^2/5 from x = 5 is 1/2, and a little less
    assert start * np.exp(0.3) < cooling < start * np.exp(0.5)


def test_rows_with_nan_stay_nan_and_no_points_are_fine():
    spectrum, couplings, widths, kind = inputs(Case("majorana", 1.0, 3.0, 0.3, 1e-6, 1e-6))
    history = standard_thermal_history()
    nan = replace(spectrum, m_dm=spectrum.m_dm * np.nan)
    exchange = momentum_exchange.exchange(spectrum, couplings, kind, history)
    assert np.isnan(relic_abundance(nan, couplings, widths, kind, history, Assumptions(exchange=exchange)).omega_h2[0])
    empty = [type(v)(**{k: c[:0] for k, c in vars(v).items()}) for v in (spectrum, couplings, widths)]
    none = momentum_exchange.exchange(*empty[:2], kind, history)
    assert relic_abundance(*empty, kind, history, Assumptions(exchange=none)).omega_h2.shape == (0,)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["below the pole", "above the pole"])
def test_fast_self_scattering_of_the_whole_distribution_is_two_equations(name):
    case, _ = POINTS[name]
    whole = momentum_oracle.omega_h2(case, relaxation=100.0)
    assert_allclose(solved(case).omega_h2, whole, rtol=0.03 if name == "above the pole" else 3e-3)


@pytest.mark.slow
def test_shape_of_the_distribution_costs_nothing_below_the_pole():
    # Without self-scattering, which is slow for g < 0.006; above the pole it costs a third.
    case, _ = POINTS["below the pole"]
    assert_allclose(solved(case).omega_h2, momentum_oracle.omega_h2(case), rtol=3e-3)


@pytest.mark.compiled
def test_pairs_of_u_that_are_forbidden_do_not_run_away_from_equilibrium(posterior_of):
    # At x = 5 the two moments are unstable where only pairs far above the mean energy annihilate; the abundance is that
    # without pairs of U, which stop long before freeze-out.
    posterior = posterior_of("hooper_zurek_2008_paper")
    point = {"g": 0.8498237, "chi": 2.298041804e-6, "lambda": 0.3083847394, "m_soft_tev": 73.44258202}
    values = {name: np.full(1, prior.median) for name, prior in posterior.priors.items()}
    values |= {name: np.full(1, value) for name, value in posterior.fixed.items()}
    values |= {name: np.full(1, value) for name, value in point.items()}

    def omega_h2(u_pairs):
        cosmology = replace(BEST_COSMOLOGY, u_pair_annihilation=u_pairs)
        surroundings = replace(posterior.surroundings, cosmology=cosmology)
        return posterior.model.predict(values, surroundings).omega_h2[0]

    assert_allclose(omega_h2(True), omega_h2(False), rtol=1e-3)
