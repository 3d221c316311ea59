"""Speed of the relic abundance in batches of 128, the size of an emcee half-ensemble; no assertion on time."""

import numpy as np
import pytest

from model.physics.decay import partial_widths
from model.physics.freeze_out import relic_abundance
from model.physics.quantities import Couplings, DarkMatter, Spectrum
from model.physics.thermal_history import standard_thermal_history


@pytest.mark.parametrize("name, lightest, heaviest", [("mev", 0.6, 10.0), ("gev", 150.0, 1000.0)])
def test_relic_abundance_of_128_points(benchmark, name, lightest, heaviest):
    rng = np.random.default_rng(511)
    n = 128
    m_dm = np.exp(rng.uniform(np.log(lightest), np.log(heaviest), n))
    m_u = m_dm * np.exp(rng.uniform(np.log(1.05), np.log(6.0), n))
    g_dm = np.exp(rng.uniform(np.log(0.01), np.log(3.5), n))
    g_e = 1e-5 * np.exp(rng.normal(size=n))
    spectrum = Spectrum(m_dm, m_u, m_dm, m_dm)
    couplings = Couplings(g_dm, g_e, g_e, g_e, g_e)
    widths = partial_widths(spectrum, couplings, DarkMatter.MAJORANA)
    history = standard_thermal_history()
    benchmark.extra_info["masses"] = name
    result = benchmark(relic_abundance, spectrum, couplings, widths, DarkMatter.MAJORANA, history)
    assert np.all(result.omega_h2 > 0.0)
