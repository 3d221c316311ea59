"""The plane of y and the mass of dark matter."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.galaxy.halo import DEFAULTS
from workflow.inference.atlas import yield_plane as yields

NUISANCES = DEFAULTS["gnfw"] | {"f_ps": 0.967}


def texts(figure):
    axes = [text for panel in figure.axes for text in (panel.get_xlabel(), panel.get_ylabel(), panel.get_title())]
    return " ".join([*axes, *(text.get_text() for legend in figure.legends for text in legend.get_texts())])


def test_y_is_that_of_its_axis(surroundings):
    found = yields._prediction("dirac", surroundings, NUISANCES, np.array([1.0]), np.array([-11.0]))
    alpha_d = found.couplings.g_dm**2 / (4 * np.pi)
    ratio = found.spectrum.m_dm / found.spectrum.m_u
    assert_allclose(found.couplings.epsilon**2 * alpha_d * ratio**4, 1e-11, rtol=1e-12)
    assert_allclose([alpha_d[0], 1 / ratio[0]], [0.1, 3.0], rtol=1e-12)


@pytest.mark.slow  # builds the table of beam dumps
def test_yield_plane_draws_every_panel(surroundings, tables_folder, monkeypatch):
    monkeypatch.setattr(yields, "_NODES", 30)
    points = yields.PosteriorPoints(np.array([1.0, 3.0]), np.array([1e-12, 1e-11]))
    figure = yields.yield_plane_figure(surroundings, NUISANCES, {"majorana": points}, tables_folder)
    assert len(figure.axes) == 3
    assert all(panel.collections for panel in figure.axes)
    assert figure.axes[0].lines  # the posterior
    for word in ("DAMIC-M", "NA64", "clusters", "m_{\\mathrm{DM}}", "MeV", "posterior"):
        assert word in texts(figure)
    for panel in figure.axes:
        assert {"NA64", "CMB", "clusters"} <= {text.get_text() for text in panel.texts}
    assert "BES" not in texts(figure)  # it begins above the masses of the plane


def test_searches_of_the_plane_are_those_for_invisible_decays():
    missing_energy = {"na64_invisible", "babar_invisible", "na62_invisible", "bes3_invisible"}
    scattering = {"lsnd", "e137_scattering", "miniboone"}
    assert set(yields.invisible_searches()) == missing_energy | scattering


def test_published_relic_lines_rise_with_the_square_of_the_mass_and_by_the_spins():
    # <sigma v> ~ y / m^2, with a slow rise by the bath; muons open beyond the last but one
    mass = np.array(yields.TARGET_MASS_MEV)
    for y in yields.TARGETS.values():
        ln_rest, ln_m = np.log(np.array(y) / mass**2)[:-1], np.log(mass)[:-1]
        for k in range(1, len(ln_m) - 1):
            neighbours = np.interp(ln_m[k], ln_m[[k - 1, k + 1]], ln_rest[[k - 1, k + 1]])
            assert_allclose(ln_rest[k], neighbours, atol=0.09, err_msg=f"{mass[k]} MeV")
    majorana, scalar, dirac = (np.array(yields.TARGETS[kind]) for kind in ("majorana", "scalar", "dirac"))
    # Both are p-waves, and the complex scalar is not its own antiparticle.
    assert_allclose(scalar / majorana, 2.0, rtol=0.01)
    assert np.all(np.diff(dirac / majorana) < 0.006)  # an s-wave: it loses the 1/x of freeze-out, which falls slowly
