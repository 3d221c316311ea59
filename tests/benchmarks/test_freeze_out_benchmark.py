"""Speed of the relic abundance in batches, at random points on and off resonance."""

import numpy as np
import pytest

from model.physics.constants import E_CHARGE
from model.physics.early_universe.freeze_out import Assumptions, relic_abundance
from model.physics.early_universe.momentum_exchange import exchange
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.hidden_sector.charges import dark_photon
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum


# Below the muon there is one channel; the heavier range pays for the thresholds of muons and pions as well.
@pytest.mark.parametrize("lightest, heaviest", [(0.6, 10.0), (150.0, 1000.0)], ids=["mev", "gev"])
def test_relic_abundance_of_128_points(benchmark, lightest, heaviest):
    inputs = points(lightest, heaviest)
    benchmark.extra_info["points"] = inputs[0].m_dm.size
    result = benchmark.pedantic(relic_abundance, args=inputs, rounds=200, warmup_rounds=5)

    assert np.all(np.isfinite(result.omega_h2))
    assert np.all(result.omega_h2 > 0.0)
    assert np.all(result.relative_error < 1e-3)


def test_density_and_temperature_of_1024_points(benchmark):
    inputs = points(0.6, 10.0, 1024)

    def solved():
        spectrum, couplings, _, kind, history = inputs
        return relic_abundance(*inputs, Assumptions(exchange=exchange(spectrum, couplings, kind, history)))

    benchmark.extra_info["points"] = inputs[0].m_dm.size
    result = benchmark.pedantic(solved, rounds=20, warmup_rounds=2)

    assert np.all(result.omega_h2 > 0.0)
    assert np.all(result.relative_error < 2e-3)


def points(lightest, heaviest, n=128):
    rng = np.random.default_rng(511)
    m_dm = np.exp(rng.uniform(np.log(lightest), np.log(heaviest), n))
    m_u = m_dm * np.exp(rng.uniform(np.log(1.05), np.log(6.0), n))
    g_dm = np.exp(rng.uniform(np.log(0.01), np.log(3.5), n))
    g_e = 1e-5 * np.exp(rng.normal(size=n))
    spectrum = Spectrum(m_dm, m_u, m_dm, m_dm)
    couplings = dark_photon(g_dm, g_e / E_CHARGE)
    widths = partial_widths(spectrum, couplings, DarkMatter.MAJORANA)
    return spectrum, couplings, widths, DarkMatter.MAJORANA, standard_thermal_history()
