"""X X -> U U in the thermal average and in the relic abundance, against explicit sums over spins."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import relic_oracle
from reference.couplings import couplings_of
from reference.stored import stored

from model.physics.constants import E_CHARGE
from model.physics.early_universe.freeze_out import Assumptions, relic_abundance, thermal_average
from model.physics.early_universe.thermal_history import standard_thermal_history
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


RATIOS = (0.1, 0.7, 0.99999, 1.0, 1.00001, 1.4, 1.9)
# In plain Python each mass ratio once, with another kind for each.
AVERAGES = [
    (kind, ratio) if j % len(KINDS) == i else pytest.param(kind, ratio, marks=pytest.mark.compiled)
    for j, ratio in enumerate(RATIOS)
    for i, kind in enumerate(KINDS)
]


@pytest.mark.parametrize("kind, ratio", AVERAGES)
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
    [pytest.param(case, marks=pytest.mark.compiled) if i % 4 else case for i, case in enumerate(SECLUDED + FORBIDDEN)],
    ids=identify,
)
def test_abundance_matches_independent_solution(case):
    values = inputs(case.kind, case.m_dm, case.m_u, case.g_dm, case.g_l)
    history = standard_thermal_history()
    result = relic_abundance(*values, history, Assumptions(u_pairs=True))
    expected = stored(f"relic_oracle.omega_h2({case}, channels=('electrons', 'muons', 'u_pairs'))")
    assert_allclose(result.omega_h2, expected, rtol=1e-4)
    assert abs(result.omega_h2[0] / expected - 1) < result.relative_error[0]
    # The channel decides in all of them.
    assert relic_abundance(*values, history).omega_h2[0] > 1.2 * expected


@pytest.mark.parametrize("point, omega_h2", [((10.0, 5.0, 5e-3), 0.0091345), ((30.0, 12.0, 8e-3), 0.0118975)])
def test_abundance_of_secluded_dirac_matter_is_that_of_micromegas(point, omega_h2):
    # micrOMEGAs 6 with epsilon = 1e-4; its bath and final states are its own.
    values = inputs("dirac", *point, 1e-4 * E_CHARGE)
    assert_allclose(
        relic_abundance(*values, standard_thermal_history(), Assumptions(u_pairs=True)).omega_h2, omega_h2, rtol=0.01
    )


def test_channel_fades_as_u_grows_heavy():
    ratio = np.array([0.5, 0.9, 1.1, 1.3, 1.5, 1.7])
    values = inputs("majorana", 10.0, 10.0 * ratio, 0.3, 1e-5)
    history = standard_thermal_history()
    share = (
        relic_abundance(*values, history, Assumptions(u_pairs=True)).omega_h2
        / relic_abundance(*values, history).omega_h2
    )
    assert np.all(share < 1.0)
    assert np.all(np.diff(share) > 0.0)
    far = inputs("majorana", 10.0, 35.0, 0.3, 1e-5)
    with_pairs, without = (relic_abundance(*far, history, Assumptions(u_pairs=on)).omega_h2 for on in (True, False))
    assert_allclose(with_pairs, without, rtol=1e-6)
