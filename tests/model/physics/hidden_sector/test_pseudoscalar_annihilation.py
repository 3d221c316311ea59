"""X X -> a a: the limit of longitudinal U pairs, soft limits, and its part in the relic abundance."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import u_pair_oracle
from reference.couplings import couplings_of
from scipy.integrate import quad
from scipy.special import kn

from model.physics.early_universe.freeze_out import relic_abundance, thermal_average
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.hidden_sector import u_pair_annihilation
from model.physics.hidden_sector.pseudoscalar_annihilation import sigma_v
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum

S = 4 * 10.0**2 * np.array([1.001, 1.1, 1.5, 3.0, 10.0])


def point(yukawa, m_dm=10.0, m_u=30.0, g_dm=0.3, g_e=1e-5):
    one = np.ones(1)
    couplings = replace(couplings_of(g_dm, g_e, g_e), g_pseudoscalar=yukawa * one)
    return Spectrum(m_dm * one, m_u * one, np.nan * one, np.nan * one), couplings


@pytest.mark.parametrize("kind", [DarkMatter.MAJORANA, DarkMatter.DIRAC, DarkMatter.DIRAC_CHIRAL])
def test_fermions_have_the_limit_of_longitudinal_u_bosons(kind):
    # Goldstone bosons of an axial coupling g are pairs of Yukawa coupling y = 2 g m / m_U
    spectrum, couplings = point(0.1)
    m_u = 1e-3 * spectrum.m_dm
    gauge = couplings_of(0.1 * m_u / (2 * spectrum.m_dm), 0.0, 0.0)
    light = Spectrum(spectrum.m_dm, m_u, spectrum.m_dm, spectrum.m_dm)
    expected = u_pair_annihilation.sigma_v(S, light, gauge, DarkMatter.MAJORANA)
    assert_allclose(sigma_v(S, spectrum, couplings, kind), expected, rtol=1e-4)


def test_fermions_match_explicit_sums_over_spins():
    spectrum, couplings = point(0.1)
    m_u = 0.02
    expected = [u_pair_oracle.sigma_v("majorana", s / 100, 1.0, m_u, angles=40, m_higgs=1.0) for s in S]
    expected = np.array(expected) * (0.1 * m_u / 2) ** 4 / 100
    assert_allclose(sigma_v(S, spectrum, couplings, DarkMatter.MAJORANA), expected, rtol=2e-3)


def test_scalars_have_the_amplitude_of_a_goldstone_boson():
    # contact term and radial exchange: lambda^2 s / (s - m^2), which vanishes for soft bosons; lambda = sqrt2 y
    spectrum, couplings = point(0.1)
    amplitude = 2 * 0.1**2 * S / (S - 100.0)
    expected = amplitude**2 / (16 * np.pi * S)
    assert_allclose(sigma_v(S, spectrum, couplings, DarkMatter.SCALAR), expected, rtol=1e-12)


def test_low_velocity_is_a_p_wave_of_the_known_size():
    spectrum, couplings = point(0.16 / np.sqrt(2))
    v = np.array([1e-3])
    result = sigma_v(400.0 / (1 - v**2 / 4), spectrum, couplings, DarkMatter.MAJORANA)
    assert_allclose(result, 0.16**4 * v**2 / (2413 * 100.0), rtol=2e-3)


@pytest.mark.parametrize("kind", [DarkMatter.MAJORANA, DarkMatter.SCALAR])
def test_average_matches_quadrature(kind):
    spectrum, couplings = point(0.1, g_e=0.0)
    widths = partial_widths(spectrum, couplings, kind)
    for x in (5.0, 20.0):

        def integrand(energy, x=x):
            s = np.array([energy**2])
            value = sigma_v(s, spectrum, couplings, kind)[0]
            return energy**4 * np.sqrt(1 - 400.0 / energy**2) * value * kn(1, x * energy / 10.0)

        integral = quad(integrand, 20.0, 20.0 + 400.0 / x, epsabs=0.0, epsrel=1e-9, limit=300)[0]
        expected = x / (8 * 10.0**5 * kn(2, x) ** 2) * integral
        result = thermal_average(np.array([x]), spectrum, couplings, widths, kind)[0]
        assert_allclose(result, expected, rtol=1e-5)


def test_the_printed_potential_has_no_relic_abundance():
    history = standard_thermal_history()
    omega = []
    for yukawa in (0.16 / np.sqrt(2), 0.0):
        spectrum, couplings = point(yukawa, g_e=8.14e-5)
        widths = partial_widths(spectrum, couplings, DarkMatter.MAJORANA)
        omega.append(relic_abundance(spectrum, couplings, widths, DarkMatter.MAJORANA, history).omega_h2[0])
    assert omega[0] < 1e-4 * omega[1]


def test_below_threshold_nothing():
    assert sigma_v(np.array([399.0]), *point(0.1), DarkMatter.MAJORANA)[0] == 0.0
