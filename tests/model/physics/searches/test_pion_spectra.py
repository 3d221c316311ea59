import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.searches.pion_spectra import beam

SPECTRA = ("burman_smith", "sanford_wang_pions", "sanford_wang_kaons")


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_fractions_are_of_one_meson(spectrum):
    mesons = beam(spectrum)
    assert (mesons.fraction >= 0.0).all()
    assert_allclose(mesons.fraction.sum(), 1.0, rtol=1e-12)
    assert mesons.mass == {"sanford_wang_kaons": 547.862}.get(spectrum, 134.9768)


def test_forward_pions_of_burman_and_smith_have_their_mean_energy():
    # LA-11502-MS: the Gaussian is centred at 48 + 330 exp(-theta/T_A) MeV, and 378 MeV forward, with a width of 150 to
    # 200 MeV; the end of phase space at 610 MeV cuts its upper tail.
    mesons = beam("burman_smith")
    forward = mesons.angle < np.radians(6.0)
    kinetic = np.hypot(mesons.momentum, 139.57) - 139.57
    mean = np.average(kinetic[forward], weights=mesons.fraction[forward])
    assert 300.0 < mean < 378.0
    backward = mesons.angle > np.radians(120.0)
    assert np.average(kinetic[backward], weights=mesons.fraction[backward]) < 0.5 * mean


def test_sanford_and_wang_have_their_printed_ratio():
    # MiniBooNE 0806.1449: pi+ of 1 and 3 GeV at 30 mrad and at 210 mrad, from the printed formula by hand
    mesons = beam("sanford_wang_pions")

    def printed(p, theta):
        plus = 220.7 * p**1.08 * (1 - p / 7.9)
        plus *= np.exp(-(p**1.978) / 8.9**1.32 - 5.572 * theta * (p - 0.0868 * 8.9 * np.cos(theta) ** 9.686))
        minus = 213.7 * p**0.9379 * (1 - p / 7.9)
        minus *= np.exp(-5.454 * p**1.21 / 8.9**1.284 - 4.781 * theta * (p - 0.07338 * 8.9 * np.cos(theta) ** 8.329))
        return (plus + minus) * np.sin(theta)

    grid = mesons.fraction.reshape(28, 32)
    weights = np.polynomial.legendre.leggauss(28)[1][:, None] * np.polynomial.legendre.leggauss(32)[1]
    ours = (grid / weights)[[5, 14, 20], [3, 12, 25]]
    momentum, angle = (v.reshape(28, 32)[[5, 14, 20], [3, 12, 25]] for v in (mesons.momentum, mesons.angle))
    expected = printed(momentum / 1e3, angle)
    assert_allclose(ours / ours[0], expected / expected[0], rtol=1e-10)
