import re

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.runs import ROOT

from model.physics.constants import ELECTRON_MASS
from model.physics.early_universe.cmb_injection import KINETIC_ENERGY, annihilation_parameter, efficiency
from model.physics.quantities import DarkMatter, LowVelocityCrossSection

CM3_S = 1.16733e-11  # 1 MeV^-2, docs/physics/README.md


def p_ann(kind, m_dm, s_wave_cm3_s=0.0, p_wave_cm3_s=0.0, speed2=0.0):
    one = np.ones(1)
    cross_section = LowVelocityCrossSection(s_wave_cm3_s / CM3_S * one, p_wave_cm3_s / CM3_S * one)
    return annihilation_parameter(cross_section, m_dm * one, kind, speed2 * one)[0]


@pytest.mark.parametrize(
    "m_dm, limit", [(1.0, 1.9e-30), (2.0, 2.1e-30), (3.0, 1.8e-30), (5.0, 2.1e-30), (10.0, 3.4e-30)]
)
def test_limits_of_observations_are_the_bound_of_planck(m_dm, limit):
    # docs/physics/early_universe.md 7: p_ann < 3.2e-28; the limits have two digits
    assert_allclose(p_ann(DarkMatter.MAJORANA, m_dm, limit), 3.2e-28, rtol=0.03)


def test_efficiency_is_the_published_one_at_its_nodes():
    # the table of docs/physics/early_universe.md 7
    page = (ROOT / "docs" / "physics" / "early_universe.md").read_text(encoding="utf-8")
    energy, expected = (
        [float(cell) for cell in re.search(rf"^\| \${name}\$.*?\|(.*)\|$", page, re.MULTILINE)[1].split("|")]
        for name in ("E_k", r"f_\{\\rm eff\}")
    )
    assert len(energy) == 19
    assert_allclose(efficiency(np.array(energy)), expected, rtol=1e-12)


def test_energies_of_the_table_are_a_geometric_series_without_its_second_term():
    # 5 keV x 1.708^n, with the rounding of the ratio to the power of 19 and that of the digitisation
    terms = 0.005 * 1.708 ** np.arange(20)
    assert_allclose(KINETIC_ENERGY, np.delete(terms, 1), rtol=9e-3)


def test_efficiency_is_constant_beyond_the_table_and_monotone_in_its_rise():
    assert efficiency(np.array([1e-3, 1e4])).tolist() == [0.307, 0.827]
    assert (np.diff(efficiency(np.geomspace(0.025, 0.62, 50))) < 0.0).all()
    assert (np.diff(efficiency(np.geomspace(0.62, 26.0, 50))) > 0.0).all()


def test_positrons_carry_the_kinetic_energy_not_the_mass():
    m_dm = 1.06 + ELECTRON_MASS
    assert_allclose(p_ann(DarkMatter.MAJORANA, m_dm, 1e-30), 0.184 * 1e-30 / (m_dm * 1e-3), rtol=1e-5)


def test_pairs_of_particle_and_antiparticle_inject_half():
    whole = p_ann(DarkMatter.MAJORANA, 5.0, 1e-30)
    for kind in (DarkMatter.DIRAC, DarkMatter.SCALAR, DarkMatter.DIRAC_CHIRAL):
        assert_allclose(p_ann(kind, 5.0, 1e-30), whole / 2, rtol=1e-14)


def test_p_wave_goes_with_the_square_of_the_velocity():
    assert_allclose(
        p_ann(DarkMatter.MAJORANA, 5.0, 0.0, 2e-25, 3e-12), p_ann(DarkMatter.MAJORANA, 5.0, 6e-37), rtol=1e-12
    )
    assert p_ann(DarkMatter.MAJORANA, 5.0, 0.0, 2e-25, 3e-12) < 1e-33


def test_no_points():
    none = np.empty(0)
    found = annihilation_parameter(LowVelocityCrossSection(none, none), none, DarkMatter.DIRAC, none)
    assert found.shape == (0,)
