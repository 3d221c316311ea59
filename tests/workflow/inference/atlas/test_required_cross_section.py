import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from workflow.inference.atlas.required_cross_section import (
    HALOES,
    cmb_limit,
    required_cross_section,
    required_cross_section_figure,
    thermal_cross_section,
)

# docs/physics/galaxy.md 3, docs/physics/early_universe.md 2 and 7 [cm^3/s]
NEEDED_AT_1_MEV = (1.31e-30, 7.9e-31, 4.4e-31, 3.4e-31)
THERMAL_P_WAVE = {1.0: 2.45e-25, 2.0: 2.15e-25, 3.0: 1.95e-25, 5.0: 1.88e-25, 10.0: 1.98e-25, 20.0: 2.15e-25}
THERMAL_S_WAVE = {1.0: 5.1e-26, 2.0: 4.6e-26, 3.0: 4.2e-26, 5.0: 4.0e-26, 10.0: 3.9e-26, 20.0: 4.0e-26}
CMB = {1.0: 1.9e-30, 2.0: 2.1e-30, 3.0: 1.8e-30, 5.0: 2.1e-30, 10.0: 3.4e-30}


@pytest.mark.parametrize("halo, printed", list(zip(HALOES, NEEDED_AT_1_MEV, strict=True)), ids=lambda v: str(v)[:20])
def test_line_asks_for_the_cross_sections_of_the_page(halo, printed):
    found = required_cross_section(halo.j_factors, np.array([1.0, 10.0]))
    assert_allclose(found, [printed, 100.0 * printed], rtol=0.02)


@pytest.mark.compiled
@pytest.mark.parametrize("kind, printed", [("majorana", THERMAL_P_WAVE), ("dirac", THERMAL_S_WAVE)])
def test_thermal_relics(kind, printed, surroundings):
    # the page's numbers are for g = 2 and an approximate bath
    found = thermal_cross_section(np.array(list(printed)), surroundings, kind)
    assert_allclose(found, list(printed.values()), rtol=0.09)


def test_cmb_limit():
    # the page divides the 95 % limit 3.2e-28 by the efficiency; the profile likelihood gives 3.1e-28
    assert_allclose(cmb_limit(np.array(list(CMB))), np.array(list(CMB.values())) * 3.1 / 3.2, rtol=0.03)


@pytest.mark.compiled
@pytest.mark.parametrize("halo, printed", [(HALOES[1], 0.8), (HALOES[3], 1.3)], ids=["NFW", "gNFW"])
def test_line_meets_the_thermal_p_wave_about_one_mev(halo, printed, surroundings):
    # with <v^2> = 2.18e-6 for both, as the page; its own halo gives the steeper cusp 1.7e-6, and 1.1 MeV
    masses = np.geomspace(0.56, 3.0, 30)
    thermal = thermal_cross_section(masses, surroundings, "majorana") * 2.18e-6
    crossing = np.interp(0.0, np.log(required_cross_section(halo.j_factors, masses) / thermal), masses)
    assert_allclose(crossing, printed, rtol=0.07)


@pytest.mark.parametrize("number, printed", [(1, 1.72), (2, 2.1), (3, 2.4)], ids=["NFW", "Einasto", "gNFW"])
def test_cmb_cuts_the_s_wave(number, printed):
    # the page prints 1.6 for NFW; its numbers, 7.9e-31 m^2 = 3.2e-31 m / f_eff(m - m_e), give 1.73
    factors = HALOES[number].j_factors

    def gap(mass):
        return np.log(required_cross_section(factors, np.array([mass])) / cmb_limit(np.array([mass])))[0]

    assert_allclose(brentq(gap, 0.6, 10.0), printed, rtol=0.03)


@pytest.mark.compiled
def test_figure_has_a_line_for_each_halo(surroundings):
    axes = required_cross_section_figure(surroundings, HALOES[:2]).axes[0]
    assert {"line, NFW 2008", "line, NFW", "CMB 95 %, s-wave", "thermal s-wave"} <= {
        line.get_label() for line in axes.lines
    }


def test_curves_of_thermal_relics_and_the_excluded_region_have_their_names_written_beside_them(surroundings):
    axes = required_cross_section_figure(surroundings, HALOES[:1]).axes[0]
    place = {text.get_text(): text.get_position() for text in axes.texts}
    x, y = place["excluded by the CMB, if s-wave"]
    assert y > cmb_limit(np.array([x]))[0]
    for wave, kind in (("thermal s-wave", "dirac"), ("thermal p-wave", "majorana")):
        x, y = place[wave]
        speed = 1.0 if kind == "dirac" else (HALOES[0].j_factors.p_wave / HALOES[0].j_factors.s_wave)[0]
        curve = speed * thermal_cross_section(np.array([x]), surroundings, kind)[0]
        assert abs(np.log10(y / curve)) < 0.6
