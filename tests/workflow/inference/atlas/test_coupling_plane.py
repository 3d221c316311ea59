"""The coupling plane: the couplings that the abundance and the electron's g-2 ask for, and something of everything."""

import numpy as np
from numpy.testing import assert_allclose

from model.physics.galaxy.halo import DEFAULTS
from workflow.inference.atlas import coupling_plane as coupling

NUISANCES = DEFAULTS["gnfw"] | {"f_ps": 0.967}


def texts(figure):
    axes = [text for panel in figure.axes for text in (panel.get_xlabel(), panel.get_ylabel(), panel.get_title())]
    return " ".join([*axes, *(text.get_text() for legend in figure.legends for text in legend.get_texts())])


def at(m_dm, m_u, g_e, surroundings):
    return coupling._prediction(surroundings, NUISANCES, m_dm, np.log10([m_u]), np.log10([g_e]))


def test_relic_couplings_of_the_plane_are_those_of_observations(surroundings):
    # docs/physics/cross_sections.md 1: (m, m_U) = (3, 10) MeV needs 1.2e-5 with g_X = 1, inside the paper's window; (1,
    # 10) needs 6.1e-5. Both by the low-velocity cross-section, while the propagator grows with s: up to 8 % less here
    for m_dm, g_e in ((3.0, 1.2e-5), (1.0, 6.1e-5)):
        needed = g_e * np.sqrt(at(m_dm, 10.0, g_e, surroundings).omega_h2 / 0.12)
        assert_allclose(needed, g_e, rtol=0.1)


def test_g_minus_2_of_2008_is_where_observations_say(surroundings):
    # docs/physics/laboratory.md 1: g_e < 9.5e-5 m_U/MeV and |delta a_e| < 1.9e-11
    found = at(3.0, 10.0, 9.5e-4, surroundings)
    assert_allclose(found.delta_a_e, 1.9e-11, rtol=0.03)


def test_coupling_plane_draws_bands_and_exclusions(surroundings, monkeypatch):
    monkeypatch.setattr(coupling, "_NODES", 30)
    figure = coupling.coupling_plane_figure(surroundings, NUISANCES, 2008, (3.0,))
    (panel,) = figure.axes
    filled = [c for c in panel.collections if any(len(p.vertices) for p in c.get_paths())]
    assert len(filled) >= 5  # window, g-2 twice, clusters, abundance, line
    assert {text.get_text() for text in panel.texts} == {
        r"electron $g-2$",
        "self-interaction",
        "window of the paper",
    }
    for word in ("m_U", "MeV", "g_{Uee}", "511 keV", "self-interaction", "window of the paper"):
        assert word in texts(figure)


def test_by_default_the_panels_are_the_masses_at_which_the_page_gives_couplings(surroundings, monkeypatch):
    # docs/physics/cross_sections.md 1, as above
    monkeypatch.setattr(coupling, "_NODES", 12)
    figure = coupling.coupling_plane_figure(surroundings, NUISANCES)
    masses = [panel.get_title().split(",")[0] for panel in figure.axes]
    assert masses == [rf"$m_{{\mathrm{{DM}}}} = {m}$ MeV" for m in (1, 3)]
