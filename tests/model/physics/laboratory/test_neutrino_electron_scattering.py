import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import dblquad, quad

from likelihoods.neutrino_electron_scattering import known_experiments
from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.laboratory.neutrino_electron_scattering import rate_ratio

ONE = np.ones(1)
FERMI, ELECTRON, MUON, S2 = 1.16638e-11, 0.51099895, 105.65838, 0.2312
BEAMS = {name: experiment.beam for name, experiment in known_experiments().items()}


def cross_section(energy, recoil, left, right):
    return left**2 + right**2 * (1 - recoil / energy) ** 2 - left * right * ELECTRON * recoil / energy**2


def slow_rate(name, m_u, g_nu, g_l, g_r):
    """Rates by adaptive quadrature, flux by flux, in units of 2 G_F^2 m_e / pi."""

    def at(energy, recoil):
        extra = g_nu / (2 * np.sqrt(2) * FERMI * (m_u**2 + 2 * ELECTRON * recoil))
        electron = S2 + 0.5 + extra * g_l, S2 + extra * g_r
        muon = S2 - 0.5 + extra * g_l, S2 + extra * g_r
        if name in ("charm_ii_antineutrinos", "texono"):
            electron, muon = electron[::-1], muon[::-1]
        share = {"lsnd": 1.0, "texono": 1.0, "borexino": 0.51}.get(name, 0.0)
        return share * cross_section(energy, recoil, *electron) + (1 - share) * cross_section(energy, recoil, *muon)

    def lowest(recoil):
        return (recoil + np.sqrt(recoil**2 + 2 * ELECTRON * recoil)) / 2

    if name == "lsnd":
        flux, top = (lambda e: e**2 * (1 - 2 * e / MUON)), MUON / 2
        return dblquad(lambda e, t: flux(e) * at(e, t), 18, 50, lowest, top)[0]
    if name == "texono":
        flux = lambda e: np.exp(-0.16 * e - 0.091 * e**2)  # noqa: E731
        largest = 2 * 64 / (16 + ELECTRON)
        return dblquad(lambda e, t: flux(e) * at(e, t), 3, largest, lowest, 8)[0]
    energy, low, high = {"borexino": (0.862, 0.2, 0.665)}.get(name, (23700.0 - 4600 * ("anti" in name), 3e3, 24e3))
    return quad(lambda t: at(energy, t), low, min(high, 2 * energy**2 / (2 * energy + ELECTRON)))[0]


@pytest.mark.parametrize("m_u, strength", [(0.5, 1e-6), (10.0, 2e-5), (300.0, 1e-3)])
@pytest.mark.parametrize("name", BEAMS)
def test_agrees_with_adaptive_quadrature(name, m_u, strength):
    couplings = visible_couplings("hypercharge", ONE, strength * ONE, ONE)
    values = couplings.g_nu[0], couplings.g_e_l[0], couplings.g_e_r[0]
    expected = slow_rate(name, m_u, *values) / slow_rate(name, m_u, 0.0, 0.0, 0.0)
    assert_allclose(rate_ratio(BEAMS[name], m_u * ONE, couplings), expected, rtol=1e-4)


@pytest.mark.parametrize("name", BEAMS)
def test_without_neutrino_couplings_there_is_no_signal(name):
    assert_allclose(rate_ratio(BEAMS[name], 3.0 * ONE, dark_photon(ONE, 1e-2 * ONE)), 1.0, rtol=1e-12)


def test_expectations_behind_charm_ii_are_those_of_the_standard_model():
    # (2 G_F^2 m_e / pi)(eps_L^2 + eps_R^2/3) in 1e-42 cm^2/GeV, and L with R exchanged
    unit = 2 * FERMI**2 * ELECTRON / np.pi * 3.8937938e-22 * 1e3 * 1e42
    left, right = S2 - 0.5, S2
    assert_allclose(
        1.53 / (unit * (left**2 + right**2 / 3)), known_experiments()["charm_ii_neutrinos"].ratio, rtol=2e-3
    )
    assert_allclose(
        1.39 / (unit * (right**2 + left**2 / 3)), known_experiments()["charm_ii_antineutrinos"].ratio, rtol=2e-3
    )


def test_heavy_u_is_a_contact_interaction_and_a_light_one_is_not():
    strong = visible_couplings("universal", ONE, 1e-4 * ONE, ONE)
    change = [rate_ratio(BEAMS["charm_ii_neutrinos"], m * ONE, strong)[0] - 1 for m in (2000.0, 4000.0, 1.0, 2.0)]
    assert_allclose(change[0] / change[1], 4.0, rtol=0.02)
    assert_allclose(change[2] / change[3], 1.0, rtol=1e-2)


def test_no_points():
    none = np.empty(0)
    assert rate_ratio(BEAMS["lsnd"], none, dark_photon(none, none)).shape == (0,)
