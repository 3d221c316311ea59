import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from model.physics.constants import ALPHA, E_CHARGE
from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.quantities import Couplings
from model.physics.searches.meson_decay import MESON_MASS, MESONS, branching_ratio, squared_charge

ONE = np.array([1.0])


def quarks(u_l, u_r, d_l, d_r):
    none = np.zeros(1)
    return Couplings(none, none, none, none, *(np.array([E_CHARGE * g]) for g in (u_l, u_r, d_l, d_r)), none, none)


@pytest.mark.parametrize("meson", MESONS)
def test_a_dark_photon_has_the_square_of_its_mixing(meson):
    assert_allclose(squared_charge(dark_photon(ONE, 1e-4 * ONE), meson), 1e-8, rtol=1e-12)


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_charges_are_the_traces_of_the_anomaly(g_u, g_d):
    # amplitude ~ Tr(generator Q g) / f over u, d, s; pi0 = diag(1, -1, 0), eta in the flavour basis of hep-ph/9802409
    charge, coupling = np.diag([2.0, -1.0, -1.0]) / 3.0, np.diag([g_u, g_d, g_d])
    phi = np.radians(39.3)
    light, strange = np.diag([1.0, 1.0, 0.0]) / np.sqrt(2.0) / 1.07, np.diag([0.0, 0.0, 1.0]) / 1.34
    generators = {"pi0": np.diag([1.0, -1.0, 0.0]), "eta": np.cos(phi) * light - np.sin(phi) * strange}
    for meson, generator in generators.items():
        expected = np.trace(generator @ charge @ coupling) / np.trace(generator @ charge @ charge)
        found = squared_charge(quarks(g_u, g_u, g_d, g_d), meson)
        assert_allclose(found, expected**2, rtol=1e-9, atol=1e-12)


def test_axial_couplings_do_not_contribute():
    for meson in MESONS:
        assert squared_charge(quarks(1.0, -1.0, 0.5, -0.5), meson)[0] == 0.0


def test_one_charge_for_all_quarks_is_three_times_a_dark_photon_in_pi0():
    g = 0.01 * ONE
    found = squared_charge(visible_couplings("universal", g, ONE, g), "pi0")
    assert_allclose(found, (3.0 * 0.01 / E_CHARGE) ** 2, rtol=1e-12)


@pytest.mark.parametrize("meson, electrons", [("pi0", 0.01174), ("eta", 6.9e-3)])
def test_dalitz_decays_follow_from_the_branching_ratio(meson, electrons):
    # Kroll-Wada: dG(l l gamma)/dm^2 = BR(gamma U)(m, epsilon = 1) alpha/(3 pi m^2) beta (1 + 2 m_l^2/m^2); PDG 2024
    def density(ln_m, lepton=0.51099895):
        m = np.exp(ln_m)
        r = (lepton / m) ** 2
        return (
            2
            * ALPHA
            / (3 * np.pi)
            * np.sqrt(1 - 4 * r)
            * (1 + 2 * r)
            * branching_ratio(np.array([m]), meson, form_factor=True)[0]
        )

    found = quad(density, np.log(2 * 0.51099895), np.log(MESON_MASS[meson]), epsrel=1e-6, limit=200)[0]
    assert_allclose(found, electrons, rtol=0.02 if meson == "pi0" else 0.06)
    if meson == "eta":
        muon = 105.6583755
        found = quad(density, np.log(2 * muon), np.log(MESON_MASS[meson]), (muon,), epsrel=1e-6)[0]
        assert_allclose(found, 3.1e-4, rtol=0.13)  # (3.1 +- 0.4)e-4, half as much without the form factor


@given(st.sampled_from(MESONS), st.booleans(), st.floats(1.0, 3000.0))
def test_branching_ratio_falls_to_zero_at_the_meson_mass(meson, form_factor, mass):
    ratio = branching_ratio(np.array([mass, mass * 1.01]), meson, form_factor=form_factor)
    assert (ratio >= 0.0).all()
    assert ratio[1] <= ratio[0]
    assert (ratio[0] == 0.0) == (mass >= MESON_MASS[meson])
