"""Couplings for tests: leptons and hadrons set apart, which no assignment of charges does, and predictions of them."""

from types import SimpleNamespace

import numpy as np

from model.physics.constants import E_CHARGE
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import Couplings, DarkMatter, Spectrum


def couplings_of(g_dm, g_l, g_r, g_h=0.0) -> Couplings:
    """Couplings (n,) of chiral charged leptons, and of quarks with the vector couplings of a photon times g_h."""
    g_dm, g_l, g_r, g_h = (
        np.array(column, dtype=float)
        for column in np.broadcast_arrays(*(np.atleast_1d(v) for v in (g_dm, g_l, g_r, g_h)))
    )
    none = np.zeros_like(g_h)
    quarks = 2 / 3 * g_h, 2 / 3 * g_h, -g_h / 3, -g_h / 3
    return Couplings(g_dm, g_l, g_r, none, *quarks, np.abs(g_l + g_r) / (2.0 * E_CHARGE), none)


def prediction_of(couplings, m_dm=3.0, m_u=10.0, kind=DarkMatter.MAJORANA):
    """What the likelihoods of couplings read of a prediction at one point."""
    one = np.ones(1)
    spectrum = Spectrum(m_dm * one, m_u * one, one, one)
    widths = partial_widths(spectrum, couplings, kind)
    return SimpleNamespace(spectrum=spectrum, couplings=couplings, widths=widths, dark_matter=kind)
