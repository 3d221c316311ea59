import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.optimize import minimize

from likelihoods.data.continuum_spectra import continuum


def test_excess_of_three_mev_positrons():
    # docs/physics/galaxy.md 6: E^2 dPhi/dE dOmega = 5.8e-3 near the endpoint in the cone, 66 % of the bulge in 0.0239
    # sr
    known = continuum()
    assert_allclose(known.fraction_in_cone, 0.66, atol=0.005)
    solid_angle = known.concentration.diffuse_flux / known.concentration.intensity / (1.0 - 1.0 / 30.0)
    assert_allclose(solid_angle, 0.0239, rtol=2e-3)


@pytest.mark.parametrize("name", ["comptel", "spi"])
def test_background_is_profiled(name, rng):
    known = continuum()
    spectrum = known.spectra[name]
    signal = np.abs(rng.normal(size=(12, len(spectrum.low)))) * spectrum.value * 10 ** rng.uniform(-3, 1.5, (12, 1))
    signal[0] = 0.0
    energies = np.sqrt(spectrum.low * spectrum.high)

    def chi_square(point, s):
        residual = s + np.exp(point[0]) * energies ** (2.0 - point[1]) - spectrum.value
        error = np.where(residual > 0.0, spectrum.error_up, spectrum.error_down)
        return np.sum((residual / error) ** 2) + ((point[1] - 1.7) / 0.3) ** 2

    found = spectrum.log_likelihood(signal, known.power_law)
    for s, value in zip(signal, found, strict=True):
        tries = [
            minimize(chi_square, [start, 1.7], args=(s,), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
            for start in (-6.0, -9.0, -30.0)
        ]
        assert_allclose(value, -0.5 * min(t.fun for t in tries), atol=1e-5)


def test_intensity_of_a_spectrum_is_flux_over_solid_angle():
    known = continuum()
    spectrum = known.spectra["comptel"]
    flux = (1.0 / spectrum.low - 1.0 / spectrum.high)[None, :]  # of dPhi/dE = E^-2: E^2 dPhi/dE = 1
    assert_allclose(spectrum.intensity(flux, 8.0), 1.0 / 1.433, rtol=1e-6)
    narrower = known.spectra["spi"]
    flux = (1.0 / narrower.low - 1.0 / narrower.high)[None, :]
    inside = 0.5421 * narrower.intensity(flux, 20.0)  # sigma 8.49 deg: 92 % within 15 deg of latitude
    assert_allclose(inside, 0.9223, rtol=2e-3)


def test_the_cone_holds_the_fraction_and_the_flux_of_an_integral_over_it():
    known = continuum()
    cone = known.concentration
    sigma, (low, high) = known.bulge_fwhm_deg / 2.3548200450309493, cone.energies
    inside = quad(lambda psi: psi / sigma**2 * np.exp(-0.5 * (psi / sigma) ** 2), 0.0, cone.radius_deg)[0]
    assert_allclose(known.fraction_in_cone, inside, rtol=1e-10)
    solid_angle = quad(lambda psi: 2.0 * np.pi * np.sin(psi), 0.0, np.radians(cone.radius_deg))[0]
    flux = quad(lambda energy: cone.intensity / energy**2, low, high)[0] * solid_angle
    assert_allclose(cone.diffuse_flux, flux, rtol=1e-8)


def test_bins_are_those_of_every_spectrum_and_then_that_of_the_concentration():
    known = continuum()
    assert known.bins[-1] == known.concentration.energies
    assert len(known.bins) == 1 + sum(len(spectrum.low) for spectrum in known.spectra.values())
    for spectrum in known.spectra.values():
        assert set(spectrum.bins) <= set(known.bins)
        assert np.all((spectrum.low < spectrum.high) & (spectrum.error_up > 0.0) & (spectrum.error_down > 0.0))


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_signal_above_the_data_costs_more_the_larger_it_is(factor):
    known = continuum()
    spectrum = known.spectra["comptel"]
    signal = np.stack([np.zeros_like(spectrum.value), factor * 5.0 * spectrum.value, factor * 10.0 * spectrum.value])
    none, some, more = spectrum.log_likelihood(signal, known.power_law)
    assert more < some < none <= 0.0
    assert np.isfinite(more)


def test_every_source_has_a_tag_and_every_year_has_a_source():
    known = continuum()
    assert set(known.spectra) <= set(known.sources)
    assert set(known.years) <= set(known.sources)
    assert all(source.endswith("]") and "[" in source for source in known.sources.values())
