"""Thermal average and relic abundance: closed limits, independent solutions, published numbers, properties.

Measured against the oracle at 400 random points over m_dm 0.6 MeV-1 GeV, m_U/m_dm 0.3-30, couplings 1e-8..1e-2, g_dm
1e-3..3.5, widths down to 1e-12 m_U, resonances down to |m_U/2m_dm - 1| = 1e-6 and all four kinds: median error 3e-6,
worst 5e-5, never more than `relative_error`. `test_matches_independent_solution_at_random_points` repeats a part.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference import relic_oracle as oracle
from reference.couplings import couplings_of
from reference.stored import stored
from scipy.integrate import quad
from scipy.special import kn, kve

from model.physics.early_universe._kernels import freeze_out as kernel
from model.physics.early_universe.freeze_out import relic_abundance, thermal_average
from model.physics.early_universe.thermal_history import ThermalHistory, standard_thermal_history
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import Array, Couplings, DarkMatter, RelicAbundance, Spectrum, Widths

KINDS = {
    "majorana": DarkMatter.MAJORANA,
    "scalar": DarkMatter.SCALAR,
    "dirac": DarkMatter.DIRAC,
    "chiral": DarkMatter.DIRAC_CHIRAL,
}
Inputs = tuple[Spectrum, Couplings, Widths, DarkMatter]


@pytest.fixture(scope="module")
def history() -> ThermalHistory:
    return standard_thermal_history()


def inputs(kind: DarkMatter, m_dm, m_u, g_dm, g_l, g_r, g_h=0.0, width=None, g_nu=0.0) -> Inputs:
    m_dm, m_u, g_dm, g_l, g_r, g_h, g_nu = (
        np.array(column, dtype=float)
        for column in np.broadcast_arrays(*(np.atleast_1d(v) for v in (m_dm, m_u, g_dm, g_l, g_r, g_h, g_nu)))
    )
    nan = np.full(m_dm.shape, np.nan)
    spectrum, couplings = Spectrum(m_dm, m_u, nan, nan), replace(couplings_of(g_dm, g_l, g_r, g_h), g_nu=g_nu)
    if width is None:
        return spectrum, couplings, partial_widths(spectrum, couplings, kind), kind
    zero = np.zeros(m_dm.shape)
    return spectrum, couplings, Widths(np.broadcast_to(width, m_dm.shape) + zero, *(zero,) * 5), kind


def of_case(case: oracle.Case) -> Inputs:
    masses = case.m_dm, case.m_u
    return inputs(KINDS[case.kind], *masses, case.g_dm, case.g_l, case.g_r, case.g_h, case.width, case.g_nu)


def omega(history, *values) -> Array:
    return relic_abundance(*inputs(*values), history).omega_h2


# --- thermal average ---


@pytest.mark.parametrize("relative_width", [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
@pytest.mark.parametrize("kind", ["majorana", "chiral"])
def test_average_matches_quadrature_through_the_resonance(kind, relative_width):
    x = np.array([5.0, 20.0, 300.0])
    for ratio in (0.8, 0.99, 0.99999, 1.0, 1.0000001, 1.0001, 1.01, 1.1, 1.5):
        case = oracle.Case(kind, 10.0, 20.0 * ratio, 0.3, 1e-4, 3e-5, width=relative_width * 20.0 * ratio)
        result = thermal_average(x, *of_case(case))[0]
        # Both rules are good to 1e-6; the oracle's Gauss panels lose more where m_U is exactly 2 m.
        assert_allclose(result, oracle.thermal_average(case, x, ("electrons",)), rtol=5e-6)


@pytest.mark.slow
@pytest.mark.parametrize("relative_width", 10.0 ** -np.arange(1, 13))
@pytest.mark.parametrize("kind", KINDS)
def test_average_matches_quadrature_on_a_fine_grid_of_mass_ratios(kind, relative_width):
    x = np.array([1.0, 5.0, 15.0, 40.0, 300.0, 1e4])
    offsets = np.geomspace(1e-7, 0.5, 60)
    for ratio in np.concatenate([1 - offsets, 1 + offsets]):
        case = oracle.Case(kind, 10.0, 20.0 * ratio, 0.3, 1e-4, 3e-5, width=relative_width * 20.0 * ratio)
        result = thermal_average(x, *of_case(case))[0]
        assert_allclose(result, oracle.thermal_average(case, x, ("electrons",)), rtol=5e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_average_and_oracle_match_adaptive_quadrature(kind):
    case = oracle.Case(kind, 10.0, 23.0, 0.3, 1e-4, 3e-5, width=0.23)
    x = 15.0

    def integrand(energy):
        s = energy**2
        sigma_v = oracle.sigma_v(case, "electrons", s, s - case.m_u**2)
        return energy**4 * np.sqrt(1 - 4 * 10.0**2 / s) * sigma_v * kn(1, x * energy / 10.0)

    integral = quad(integrand, 20.0, 80.0, points=[22.5, 23.0, 23.5], epsabs=0.0, epsrel=1e-10, limit=500)[0]
    expected = x / (8 * 10.0**5 * kn(2, x) ** 2) * integral
    assert_allclose(oracle.thermal_average(case, [x], ("electrons",)), expected, rtol=1e-8)
    assert_allclose(thermal_average(np.array([x]), *of_case(case))[0], expected, rtol=2e-6)


@pytest.mark.parametrize("x", [3.0, 15.0, 60.0])
def test_average_of_a_smooth_cross_section_is_exact_to_eight_digits(x):
    """The sum over nodes converges so fast that each node shows: the first one holds 7e-7 of an s-wave."""
    case = oracle.Case("dirac", 10.0, 30.0, 0.3, 1e-4, 3e-5, width=0.23)

    def integrand(root):  # energy = 20 MeV + 10 root^2, without the square root at the threshold
        energy = 20.0 + 10.0 * root**2
        s = energy**2
        sigma_v = oracle.sigma_v(case, "electrons", s, s - case.m_u**2)
        boltzmann = kve(1, x * energy / 10.0) * np.exp(-x * root**2)
        return 20.0 * root * energy**4 * np.sqrt(1 - 4 * 10.0**2 / s) * sigma_v * boltzmann

    integral = quad(integrand, 0.0, np.sqrt(60.0 / x), epsabs=0.0, epsrel=1e-12, limit=500)[0]
    expected = x / (8 * 10.0**5 * kve(2, x) ** 2) * integral
    assert_allclose(thermal_average(np.array([x]), *of_case(case))[0], expected, rtol=1e-7)


@pytest.mark.parametrize(
    "case",
    [
        oracle.Case("majorana", 95.0, 300.0, 0.3, 1e-3, 1e-3),  # muons open thermally
        oracle.Case("dirac", 105.6, 211.4, 0.3, 1e-3, 1e-3, 1e-3),
        oracle.Case("scalar", 130.0, 400.0, 0.3, 1e-3, 1e-3, 1e-3),  # pions open thermally
        oracle.Case("majorana", 160.0, 775.0, 1.0, 1e-3, 1e-3, 1e-3),  # U on the rho
        oracle.Case("majorana", 330.0, 1500.0, 0.3, 1e-3, 1e-3, 1e-3),  # rho within thermal reach
        oracle.Case("dirac", 380.0, 790.0, 1e-3, 1e-4, 1e-4, 1e-4),  # narrow U beside the rho
        oracle.Case("majorana", 450.0, 2500.0, 0.3, 1e-3, 1e-3, 1e-3),  # phi within thermal reach
        oracle.Case("scalar", 505.0, 1019.3, 1e-2, 1e-3, 1e-3, 1e-3),  # phi and U together above threshold
        oracle.Case("dirac", 1000.0, 3700.0, 0.3, 1e-3, 1e-3, 1e-3),  # taus open thermally
        oracle.Case("majorana", 0.6, 3.0, 0.3, 1e-6, 2e-6, g_nu=1e-6),
        oracle.Case("chiral", 0.3, 1.3, 0.3, 1e-4, 0.0, g_nu=1e-4),  # neutrinos below closed electrons
        oracle.Case("chiral", 0.3, 1.3, 0.3, 1e-4, 0.0),  # electrons closed at rest
    ],
    ids=lambda case: f"{case.kind}-{case.m_dm:g}-{case.m_u:g}",
)
def test_average_of_all_channels_matches_quadrature(case):
    x = np.array([5.0, 10.0, 20.0, 40.0])
    assert_allclose(thermal_average(x, *of_case(case))[0], oracle.thermal_average(case, x), rtol=1e-5)


@pytest.mark.parametrize("kind, events, spins", [("dirac", 1.0, 2), ("majorana", 0.5, 2), ("scalar", 1.0, 1)])
def test_narrow_resonance_is_inverse_decay(kind, events, spins):
    # Detailed balance: n_eq^2 <sigma v> is the rate of X X -> U times the branching ratio.
    m_dm, m_u, x = 10.0, 23.0, np.array([5.0, 12.0])
    values = inputs(KINDS[kind], m_dm, m_u, 1e-5, 1e-6, 1e-6)
    widths = values[2]
    temperature = m_dm / x
    density = spins * m_dm**2 * temperature * kn(2, x) / (2 * np.pi**2)
    decays = 3 * m_u**2 * temperature * kn(1, m_u / temperature) / (2 * np.pi**2) * widths.dark_matter
    expected = decays * widths.electrons / widths.total / (events * density**2)
    # What is left is the continuum, of order Gamma/m_U.
    assert_allclose(thermal_average(x, *values)[0], expected, rtol=1e-8)


def test_cold_average_is_the_low_velocity_expansion():
    g, ge, m, m_u = 0.3, 1e-5, 5.0, 17.0
    s_term = 1 + oracle.ELECTRON**2 / (2 * m**2)
    b = g**2 * ge**2 * m**2 * oracle.beta(4 * m**2, oracle.ELECTRON) * s_term / (6 * np.pi * (m_u**2 - 4 * m**2) ** 2)
    x = np.array([1e5])
    narrow = inputs(DarkMatter.MAJORANA, m, m_u, g, ge, ge, width=1e-9)
    assert_allclose(thermal_average(x, *narrow)[0], 6 * b / x, rtol=1e-4)  # <v_rel^2> = 6/x


def test_average_rejects_hot_dark_matter():
    with pytest.raises(ValueError, match="x must be one-dimensional and >= 1"):
        thermal_average(np.array([0.5]), *inputs(DarkMatter.DIRAC, 10.0, 30.0, 0.1, 1e-4, 1e-4))


# --- relic abundance ---


# docs/physics/early_universe.md 2: constant <sigma v> [1e-26 cm^3/s] and p-wave b [1e-25 cm^3/s] that give Omega h^2 =
# 0.12
@pytest.mark.compiled  # no kernel is called
@pytest.mark.parametrize(
    "m_dm, constant, p_wave",
    [(1.0, 5.065, 2.451), (3.0, 4.203, 1.954), (10.0, 3.891, 1.982), (30.0, 4.046, 2.270), (100.0, 4.320, 2.630)],
)
def test_oracle_reproduces_the_published_cross_sections(m_dm, constant, p_wave):
    unit = 1.16733e-11
    for sigma_v in (lambda x: constant * 1e-26 / unit + 0 * x, lambda x: 6 * p_wave * 1e-25 / unit / x):
        # The reference has four digits.
        assert_allclose(oracle.boltzmann(m_dm, 1.0, 2, sigma_v), 0.12, rtol=2e-4)


@pytest.mark.parametrize(
    "case, expected",
    [
        (oracle.Case("majorana", 10.0, 30.0, 0.3, 8.14e-5, 8.14e-5), 0.119279),
        (oracle.Case("majorana", 3.0, 7.5, 1.0, 1.84e-6, 0.0), 0.114434),
        (oracle.Case("scalar", 30.0, 150.0, 0.5, 1.05e-3, 1.05e-3), 0.118968),
        (oracle.Case("majorana", 10.0, 20.2, 0.01, 3.47e-8, 3.47e-8), 0.119554),
    ],
)
def test_reproduces_the_reference_points(history, case, expected):
    assert_allclose(relic_abundance(*of_case(case), history).omega_h2, expected, rtol=4e-5)


def test_muons_lower_the_reference_point_at_100_mev(history):
    # docs/physics/early_universe.md 2 gives 0.119911, which is e+e- alone; muons open thermally 6 % above threshold.
    case = oracle.Case("dirac", 100.0, 300.0, 0.1, 7.52e-4, 7.52e-4)
    electrons = stored(f"relic_oracle.omega_h2({case}, channels=('electrons',))")
    assert_allclose(electrons, 0.119911, rtol=2e-5)
    assert_allclose(
        omega(history, DarkMatter.DIRAC, 100.0, 300.0, 0.1, 7.52e-4, 7.52e-4), 0.97098 * electrons, rtol=1e-4
    )


CASES = [
    oracle.Case("majorana", 0.8, 4.0, 1.0, 3e-6, 3e-6),
    oracle.Case("majorana", 2.0, 4.1, 0.1, 1e-6, -1e-6),  # above the resonance
    oracle.Case("dirac", 0.83, 1.657, 0.5, 2.4e-8, 2.4e-8),  # below, width 1e-17
    oracle.Case("chiral", 5.0, 10.0001, 3.5, 1e-4, 0.0),  # s-wave on the resonance
    oracle.Case("scalar", 103.0, 216.0, 0.01, 5e-4, 5e-4, 5e-4),  # muons open thermally, resonant
    oracle.Case("majorana", 59.3, 314.0, 0.019, 2.1e-5, -1.1e-5, 2.1e-5),  # muons far away, but U decays into them
]
SLOW_CASES = [
    oracle.Case("majorana", 1.0, 30.0, 3.5, 1e-3, 1e-3),
    oracle.Case("majorana", 30.0, 60.0 * (1 - 1e-4), 0.01, 1e-7, 1e-7),
    oracle.Case("majorana", 30.0, 60.0 * (1 + 1e-4), 0.01, 1e-7, 1e-7),
    oracle.Case("majorana", 5.0, 12.5, 3.5, 3e-6, 3e-6),  # wide
    oracle.Case("dirac", 0.6, 18.0, 0.001, 1e-2, 1e-2),
    oracle.Case("scalar", 138.0, 900.0, 1.0, 1e-3, 1e-3, 1e-3),  # pions open thermally
    oracle.Case("chiral", 20.0, 6.0, 0.1, 1e-5, 5e-6),
    oracle.Case("dirac", 140.0, 281.0, 0.1, 1e-5, 1e-5, 1e-5),
]


def end_of(case):
    """Inverse temperature at which the slow solution may stop: annihilation beside a pole goes on for long."""
    return max(1e6, 1e4 / abs(case.m_u / case.m_dm - 2))


def check_against_oracle(history, case, bath=oracle.bath):
    check_against(oracle.omega_h2(case, x_end=end_of(case), bath=bath), history, case)


def check_against(expected, history, case):
    result = relic_abundance(*of_case(case), history)
    assert_allclose(result.omega_h2, expected, rtol=1e-4)
    assert abs(result.omega_h2[0] / expected - 1) < result.relative_error[0]


def identify(case):
    return f"{case.kind}-{case.m_dm:g}-{case.m_u:g}"


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_matches_independent_solution(history, case):
    check_against(stored(f"relic_oracle.omega_h2({case}, x_end={end_of(case)!r})"), history, case)


@pytest.mark.slow
@pytest.mark.parametrize("case", SLOW_CASES, ids=identify)
def test_matches_independent_solution_in_the_corners(history, case):
    check_against_oracle(history, case)


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        oracle.Case("majorana", 380.0, 1200.0, 1.0, 3e-3, 3e-3, 3e-3),
        oracle.Case("scalar", 300.0, 775.0, 1.0, 3e-3, 3e-3, 3e-3),
        oracle.Case("dirac", 1000.0, 2100.0, 0.1, 1e-4, 1e-4, 1e-4),
    ],
    ids=identify,
)
def test_matches_independent_solution_with_hadrons(history, case):
    check_against_oracle(history, case, interpolated(history))


def interpolated(history):
    """The bath above 30 MeV, which the oracle does not have."""
    grid = np.log(history.temperature)

    def bath(temperature):
        ln_t = np.log(np.clip(temperature, history.temperature[0], None))
        return np.interp(ln_t, grid, history.g_entropy), np.interp(ln_t, grid, history.sqrt_g_star)

    return bath


def random_case(seed):
    rng = np.random.default_rng(seed)
    m_dm = float(np.exp(rng.uniform(np.log(0.6), np.log(1000.0))))
    ratio = (
        lambda: np.exp(rng.uniform(np.log(0.3), np.log(30.0))),
        lambda: 2.0 * (1.0 - 10.0 ** rng.uniform(-6.0, -0.5)),  # resonances from below
        lambda: 2.0 * (1.0 + 10.0 ** rng.uniform(-6.0, -0.5)),  # and from above
        lambda: rng.uniform(2.2, 6.0),  # poles that die while dark matter freezes out
    )[seed % 4]()
    g_dm, g_l = 10.0 ** rng.uniform(-3.0, 0.54), 10.0 ** rng.uniform(-8.0, -2.0)
    g_r = g_l * rng.choice([1.0, -0.5, 0.0])
    width = m_dm * ratio * 10.0 ** rng.uniform(-12.0, -1.0) if seed % 3 == 0 else None
    kind = str(rng.choice(list(KINDS)))
    return oracle.Case(kind, m_dm, m_dm * ratio, g_dm, g_l, g_r, g_l, width)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(36))
def test_matches_independent_solution_at_random_points(history, seed):
    case = random_case(seed)
    check_against_oracle(history, case, oracle.bath if case.m_dm < 140.0 else interpolated(history))


# --- properties ---

ratios = st.floats(min_value=0.3, max_value=30.0)
couplings = st.floats(min_value=-8.0, max_value=-2.0).map(lambda power: 10.0**power)
points = st.tuples(
    st.floats(min_value=-0.29, max_value=6.0).map(lambda power: 10.0**power),  # m_dm [MeV]
    st.one_of(ratios, st.floats(min_value=-15.0, max_value=-1.0).map(lambda power: 2.0 * (1.0 + 10.0**power))),
    st.floats(min_value=-3.0, max_value=0.54).map(lambda power: 10.0**power),
    couplings,
    couplings,
)


def columns(rows) -> tuple[Array, ...]:
    m_dm, ratio, g_dm, g_l, g_r = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return m_dm, m_dm * ratio, g_dm, g_l, g_r, np.maximum(g_l, g_r)


@given(st.sampled_from(list(DarkMatter)), st.lists(points, min_size=1, max_size=3))
@settings(max_examples=15, deadline=None)
def test_abundance_is_finite_positive_and_computed_row_by_row(kind, rows):
    history = standard_thermal_history()
    batch = relic_abundance(*inputs(kind, *columns(rows)), history)
    assert np.all(np.isfinite(batch.omega_h2) & (batch.omega_h2 > 0.0))
    assert np.all((batch.relative_error > 0.0) & (batch.relative_error < 1e-3))
    for i, row in enumerate(rows):
        alone = relic_abundance(*inputs(kind, *columns([row])), history)
        assert_allclose(alone.omega_h2, batch.omega_h2[i : i + 1], rtol=0.0)


@given(st.sampled_from(list(DarkMatter)), points)
@settings(max_examples=8, deadline=None)
def test_abundance_is_blind_to_overall_signs(kind, row):
    history = standard_thermal_history()
    m_dm, m_u, g_dm, g_l, g_r, g_h = columns([row])
    plus = omega(history, kind, m_dm, m_u, g_dm, g_l, -g_r, g_h)
    minus = omega(history, kind, m_dm, m_u, -g_dm, -g_l, g_r, -g_h)
    assert_allclose(minus, plus, rtol=1e-14)


@given(st.floats(min_value=1.0, max_value=100.0), st.floats(min_value=0.1, max_value=0.9))
@settings(max_examples=8, deadline=None)
def test_far_from_the_pole_only_the_product_of_couplings_counts(m_dm, share):
    history = standard_thermal_history()
    one = omega(history, DarkMatter.MAJORANA, m_dm, 1.5 * m_dm, 1e-2, 1e-4, 1e-4)
    other = omega(history, DarkMatter.MAJORANA, m_dm, 1.5 * m_dm, 1e-2 * share, 1e-4 / share, 1e-4 / share)
    assert_allclose(other, one, rtol=1e-5)


def test_abundance_falls_with_the_coupling(history):
    g = np.geomspace(1e-7, 1e-2, 6)
    result = omega(history, DarkMatter.DIRAC, 10.0, 30.0, 0.1, g, g)
    assert np.all(np.diff(result) < 0.0)


def test_abundance_is_continuous_where_muons_and_pions_open(history):
    for mass in (oracle.MUON, oracle.PION):
        m_dm = mass * np.array([1 - 1e-8, 1 + 1e-8])
        result = omega(history, DarkMatter.MAJORANA, m_dm, 3 * mass, 0.3, 1e-3, 1e-3, 1e-3)
        assert_allclose(result[0], result[1], rtol=2e-5)


def test_abundance_survives_an_exact_resonance_below_closed_channels(history):
    # Nodes down to eps = 1e-20, while e_min - 2 m_f/m of the muon group is zero only up to rounding.
    m_dm = np.array([50.807, 65.445, 73.251, 98.023, 102.059, 120.0])
    result = omega(history, DarkMatter.SCALAR, m_dm, 2.0 * m_dm, 0.1, 1e-5, 1e-5, 1e-5)
    assert np.all(np.isfinite(result) & (result > 0.0))


def test_without_couplings_the_thermal_yield_stays(history):
    m_dm = 10.0
    result = omega(history, DarkMatter.MAJORANA, m_dm, 30.0, 0.0, 1e-4, 1e-4)
    g_s = np.interp(np.log(m_dm / 5.0), np.log(history.temperature), history.g_entropy)
    yield_at_start = 45 * 2 / (4 * np.pi**4) * 25.0 * kn(2, 5.0) / g_s
    # m Y s_0 / rho_c, with s_0 = 2896 / cm^3 and rho_c = 1.05368e-2 h^2 MeV / cm^3
    assert_allclose(result, m_dm * yield_at_start * 2896.1 / 1.05368e-2, rtol=1e-4)


def test_empty_batch_and_missing_vacuum(history):
    empty = relic_abundance(*inputs(DarkMatter.MAJORANA, [], [], [], [], []), history)
    assert isinstance(empty, RelicAbundance)
    assert empty.omega_h2.shape == empty.relative_error.shape == (0,)
    mixed = omega(history, DarkMatter.MAJORANA, [np.nan, 10.0], [np.nan, 30.0], 0.3, 1e-4, 1e-4)
    assert np.isnan(mixed[0])
    assert mixed[1] > 0.0


def test_a_nan_in_any_input_is_nan_in_its_row_alone_and_an_infinity_is_refused(history):
    spectrum, couplings, widths, kind = inputs(DarkMatter.MAJORANA, [10.0] * 3, [30.0] * 3, 0.3, 1e-4, 1e-4)
    x = np.array([5.0, 20.0])
    whole = thermal_average(x, spectrum, couplings, widths, kind)
    for bad in (
        (replace(spectrum, m_u=np.array([30.0, np.nan, 30.0])), couplings, widths),
        (spectrum, replace(couplings, g_d_l=np.array([0.0, np.nan, 0.0])), widths),
        (spectrum, couplings, replace(widths, hadrons=np.array([0.0, np.nan, 0.0]))),
    ):
        assert np.isnan(relic_abundance(*bad, kind, history).omega_h2).tolist() == [False, True, False]
        average = thermal_average(x, *bad, kind)
        assert np.isnan(average[1]).all()
        assert np.array_equal(average[[0, 2]], whole[[0, 2]])
    infinite = replace(spectrum, m_u=np.array([30.0, np.inf, 30.0]))
    with pytest.raises(FloatingPointError, match="m_u must be finite or NaN, got inf"):
        relic_abundance(infinite, couplings, widths, kind, history)


@pytest.mark.parametrize("order, function", [(0, kernel._bessel_k0), (1, kernel._bessel_k1)])
def test_bessel_functions_of_the_kernel_are_good_to_three_in_ten_million(order, function):
    z, plain = np.geomspace(0.02, 1e4, 400), getattr(function, "py_func", function)  # not callable if compiled
    assert_allclose([plain(x) for x in z], kve(order, z), rtol=3e-7)


def test_rejects_bad_inputs(history):
    spectrum, couplings, widths, kind = inputs(DarkMatter.MAJORANA, 10.0, 30.0, 0.3, 1e-4, 1e-4)
    negative = Spectrum(-spectrum.m_dm, spectrum.m_u, spectrum.m_rad, spectrum.m_scalar)
    with pytest.raises(ValueError, match="m_dm must be > 0 MeV, got -10"):
        relic_abundance(negative, couplings, widths, kind, history)
    longer = Widths(*(np.zeros(2) for _ in range(6)))
    with pytest.raises(ValueError, match="width must have shape"):
        relic_abundance(spectrum, couplings, longer, kind, history)
    with pytest.raises(ValueError, match="widths must be >= 0"):
        relic_abundance(spectrum, couplings, Widths(*(np.full(1, -1.0) for _ in range(6))), kind, history)
