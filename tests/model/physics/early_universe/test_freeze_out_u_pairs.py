"""X X -> U U: the s-wave against spin sums, what it leaves out, and its part in the relic abundance."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import relic_oracle, u_pair_oracle
from reference.couplings import couplings_of

from model.physics.early_universe.freeze_out import relic_abundance, thermal_average
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.hidden_sector.annihilation import sigma_v_u_pairs
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum

KINDS = {
    "majorana": DarkMatter.MAJORANA,
    "scalar": DarkMatter.SCALAR,
    "dirac": DarkMatter.DIRAC,
    "chiral": DarkMatter.DIRAC_CHIRAL,
}


def inputs(kind, m_dm, m_u, g_dm, g_e=0.0):
    m_dm, m_u, g_dm, g_e = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (m_dm, m_u, g_dm, g_e)))
    nan = np.full(m_dm.shape, np.nan)
    spectrum, couplings = Spectrum(m_dm, m_u, nan, nan), couplings_of(g_dm, g_e, g_e, g_e)
    return spectrum, couplings, partial_widths(spectrum, couplings, KINDS[kind]), KINDS[kind]


def s_wave(kind, s, m_dm, m_u, g_dm=1.0):
    spectrum, couplings, _, dark_matter = inputs(kind, m_dm, m_u, g_dm)
    return sigma_v_u_pairs(s, spectrum, couplings, dark_matter)


@pytest.mark.parametrize("kind", KINDS)
def test_threshold_is_the_tree_level_cross_section(kind):
    for m_u in (1.0, 7.0, 12.0, 19.0):
        s = 400.0 * (1 + 1e-12)
        assert_allclose(s_wave(kind, s, 10.0, 0.5 * m_u), u_pair_oracle.sigma_v(kind, s, 10.0, 0.5 * m_u), rtol=1e-6)


def test_threshold_is_theory_md_6():
    g, m, m_u = 0.3, 10.0, np.array([1.0, 5.0, 9.0])
    r = (m_u / m) ** 2
    expected = g**4 * (1 - r) ** 1.5 / (16 * np.pi * m**2 * (1 - r / 2) ** 2)
    for kind in ("majorana", "dirac"):
        assert_allclose(s_wave(kind, 4 * m**2, m, m_u, g), expected, rtol=1e-12)


def test_massless_u_gives_the_annihilation_of_positronium():
    # sigma v = pi alpha^2 / m^2 for a Dirac fermion, 2 pi alpha^2 / m^2 for a complex scalar, at any s in the s-wave
    g, m = 0.1, 10.0
    alpha = g**2 / (4 * np.pi)
    for kind, factor in (("dirac", 1.0), ("scalar", 2.0)):
        result = s_wave(kind, np.array([400.0, 900.0]), m, 1e-5, g)
        assert_allclose(result, factor * np.pi * alpha**2 / m**2, rtol=1e-9)


def test_below_threshold_nothing():
    assert s_wave("majorana", 4 * 11.9**2, 10.0, 12.0)[0] == 0.0
    assert s_wave("majorana", 4 * 9.9**2, 10.0, 5.0)[0] == 0.0


@pytest.mark.parametrize(
    "kind, m_u, ratio",
    [
        ("dirac", 0.1, 1.055),
        ("dirac", 0.7, 1.193),
        ("dirac", 1.1, 9.3),
        ("dirac", 1.5, 14.8),
        ("scalar", 0.1, 0.846),
        ("scalar", 0.7, 0.827),
        ("scalar", 1.1, 0.521),
        ("scalar", 1.5, 0.499),
        ("majorana", 0.8, 2.84),
        ("majorana", 0.5, 8.32),
    ],
)
def test_what_the_s_wave_leaves_out(kind, m_u, ratio):
    # The figures in the docstring of sigma_v_u_pairs, at x = 20.
    full = u_pair_oracle.unnormalised_average(lambda s: u_pair_oracle.sigma_v(kind, s, 1.0, m_u), 1.0, m_u, 20.0)
    ours = u_pair_oracle.unnormalised_average(lambda s: s_wave(kind, s, 1.0, m_u)[0], 1.0, m_u, 20.0)
    assert_allclose(full / ours, ratio, rtol=5e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ratio", [0.1, 0.7, 0.99999, 1.0, 1.00001, 1.4, 1.9])
def test_average_matches_quadrature(kind, ratio):
    x = np.array([5.0, 20.0, 100.0])
    case = relic_oracle.Case(kind, 10.0, 10.0 * ratio, 0.01, 0.0, 0.0)
    values = inputs(kind, 10.0, 10.0 * ratio, 0.01)
    result = thermal_average(x, *values, u_pairs=True)[0]
    # The oracle's panels lose up to 1e-5 at the root singularities of both thresholds.
    assert_allclose(result, relic_oracle.thermal_average(case, x, ("u_pairs",)), rtol=2e-5)
    assert_allclose(thermal_average(x, *values)[0], 0.0, atol=0.0)


SECLUDED = [
    relic_oracle.Case("majorana", 10.0, 3.0, 2e-3, 1e-6, 1e-6),
    relic_oracle.Case("dirac", 5.0, 4.5, 3e-3, 1e-8, 1e-8),
    relic_oracle.Case("scalar", 100.0, 40.0, 7e-3, 1e-6, 1e-6),
    relic_oracle.Case("chiral", 2.0, 1.5, 2e-3, 1e-7, 1e-7),
]
FORBIDDEN = [
    relic_oracle.Case("majorana", 10.0, 12.0, 0.05, 1e-7, 1e-7),
    relic_oracle.Case("majorana", 3.0, 5.4, 1.0, 1e-7, 1e-7),
    relic_oracle.Case("dirac", 10.0, 10.1, 0.01, 1e-9, 1e-9),
    relic_oracle.Case("scalar", 50.0, 70.0, 0.3, 1e-7, 1e-7),
    relic_oracle.Case("chiral", 10.0, 15.0, 0.5, 1e-7, 1e-7),
]


def identify(case):
    return f"{case.kind}-{case.m_dm:g}-{case.m_u:g}"


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.slow) if i % 4 else case for i, case in enumerate(SECLUDED + FORBIDDEN)],
    ids=identify,
)
def test_abundance_matches_independent_solution(case):
    values = inputs(case.kind, case.m_dm, case.m_u, case.g_dm, case.g_l)
    history = standard_thermal_history()
    result = relic_abundance(*values, history, u_pairs=True)
    channels = ("electrons", "muons", "u_pairs")
    expected = relic_oracle.omega_h2(case, channels=channels)
    assert_allclose(result.omega_h2, expected, rtol=1e-4)
    assert abs(result.omega_h2[0] / expected - 1) < result.relative_error[0]
    # The channel decides in all of them.
    assert relic_abundance(*values, history).omega_h2[0] > 1.2 * expected


def test_channel_fades_as_u_grows_heavy():
    ratio = np.array([0.5, 0.9, 1.1, 1.3, 1.5, 1.7])
    values = inputs("majorana", 10.0, 10.0 * ratio, 0.3, 1e-5)
    history = standard_thermal_history()
    share = relic_abundance(*values, history, u_pairs=True).omega_h2 / relic_abundance(*values, history).omega_h2
    assert np.all(share < 1.0)
    assert np.all(np.diff(share) > 0.0)
    far = inputs("majorana", 10.0, 35.0, 0.3, 1e-5)
    with_pairs, without = (relic_abundance(*far, history, u_pairs=on).omega_h2 for on in (True, False))
    assert_allclose(with_pairs, without, rtol=1e-6)
