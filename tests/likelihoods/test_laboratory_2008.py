"""Likelihoods of the list of 2008: neutrino-electron scattering, atomic parity violation, quarkonium."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq
from scipy.stats import halfnorm

from likelihoods import atomic_parity_violation, neutrino_electron_scattering, quarkonium
from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum

ONE = np.ones(1)


def prediction(couplings, m_dm=3.0, m_u=10.0, kind=DarkMatter.MAJORANA):
    spectrum = Spectrum(m_dm * ONE, m_u * ONE, ONE, ONE)
    widths = partial_widths(spectrum, couplings, kind)
    return SimpleNamespace(spectrum=spectrum, couplings=couplings, widths=widths, dark_matter=kind)


def test_neutrinos_limit_the_couplings_to_a_few_millionths():
    # sqrt(g_nu g_e) below a few 1e-6 m_U/MeV for a heavy U
    likelihood = neutrino_electron_scattering.Likelihood()

    def at(g):
        return likelihood.log_likelihood(
            prediction(visible_couplings("universal", ONE, g * 300 * ONE, ONE), m_u=300.0)
        )[0]

    standard = at(1e-12)
    assert -1.0 < standard < 0.0
    edge = brentq(lambda g: at(g) - standard + 2.0, 1e-8, 1e-5)  # two standard deviations
    assert 5e-7 < edge < 3e-6
    assert standard - at(3 * edge) > 20.0


def test_modern_neutrino_data_see_a_lighter_u():
    light = prediction(visible_couplings("universal", ONE, 4e-6 * ONE, ONE), m_dm=0.6, m_u=1.1)
    old = neutrino_electron_scattering.Likelihood().experiments(light)
    new = neutrino_electron_scattering.Likelihood(era="modern").experiments(light)
    assert set(old) == {"lsnd", "charm_ii_neutrinos", "charm_ii_antineutrinos"}
    assert set(new) == {*old, "texono", "borexino"}
    assert new["borexino"] < -20.0
    assert min(old.values()) > -2.0


def test_neutrino_scattering_is_constant_for_kinetic_mixing():
    likelihood = neutrino_electron_scattering.Likelihood(era="modern")
    values = [likelihood.log_likelihood(prediction(dark_photon(ONE, e * ONE)))[0] for e in (1e-9, 1e-2)]
    assert values[0] == values[1]


@pytest.mark.parametrize("name", neutrino_electron_scattering.known_experiments())
def test_every_neutrino_experiment_has_source_and_tag_and_agrees_with_the_standard_model(name):
    entry = neutrino_electron_scattering.known_experiments()[name]
    assert entry.tag in {"V", "V-abs", "C", "M"}
    assert len(entry.source) > 10
    assert abs(entry.ratio - 1.0) < entry.sigma


def test_lsnd_is_its_measurement_over_the_expectation():
    entry = neutrino_electron_scattering.known_experiments()["lsnd"]
    assert_allclose([entry.ratio, entry.sigma], np.array([10.1, np.hypot(1.1, 1.0)]) / 9.3, rtol=2e-3)


@pytest.mark.parametrize("era", [2008, "modern"])
def test_weak_charge_is_gaussian(era):
    likelihood = atomic_parity_violation.Likelihood(era=era)
    (datum,) = likelihood.data
    at = datum.value + datum.sigma * np.array([0.0, -1.0, 2.0])
    assert_allclose(likelihood.log_likelihood(SimpleNamespace(weak_charge_shift=at)), [0.0, -0.5, -2.0], atol=1e-12)


def test_weak_charges_are_measured_minus_standard_model():
    old, new = (atomic_parity_violation.Likelihood(era=era).data[0].value for era in (2008, "modern"))
    assert_allclose([old, new], [-72.62 + 73.16, -72.82 + 73.24], rtol=1e-9)


@pytest.mark.parametrize("era, upsilon", [(2008, 2.5e-3), ("modern", 3.0e-4)])
def test_a_branching_at_its_limit_costs_what_90_per_cent_do(era, upsilon):
    likelihood = quarkonium.Likelihood(era=era)
    couplings = dark_photon(ONE, 0.5 * ONE)
    at = prediction(couplings)
    branching = quarkonium.invisible_branching(
        quarkonium.searches()["upsilon_1s"].state, at.spectrum, couplings, at.widths, at.dark_matter
    )
    found = likelihood.experiments(at)["upsilon_1s_invisible"]
    sigma = branching / np.sqrt(-2 * found)
    assert_allclose(halfnorm(scale=sigma[0]).cdf(upsilon), 0.90, rtol=1e-3)


def test_axial_quarks_are_limited_much_more_than_vector_ones():
    # Fayet hep-ph/0607094
    vector = prediction(visible_couplings("universal", ONE, 1e-4 * ONE, ONE))
    axial = prediction(visible_couplings("hypercharge", ONE, 3e-4 * ONE, ONE))
    likelihood = quarkonium.Likelihood()
    assert likelihood.log_likelihood(vector) > -1e-3
    assert likelihood.log_likelihood(axial) < -10.0


def test_no_coupling_is_no_signal():
    tiny = prediction(dark_photon(ONE, 1e-12 * ONE))
    assert_allclose(quarkonium.Likelihood(era="modern").log_likelihood(tiny), 0.0, atol=1e-30)


def test_every_limit_has_source_and_tag():
    for known in quarkonium.searches().values():
        for limit in (*known.invisible, *known.photon_invisible):
            assert limit.tag in {"V", "V-abs", "C", "M"}
            assert len(limit.source) > 10
