import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.galaxy.halo import DEFAULTS, Halo
from model.physics.positrons import halo_emission, line_511kev
from model.physics.quantities import DarkMatter, LowVelocityCrossSection
from model.physics.units import CM3_S_PER_MEV_MINUS2


def array(*values):
    return np.array(values, dtype=np.float64)


@pytest.fixture
def halo():
    return Halo(**{name: array(value, value) for name, value in DEFAULTS["gnfw"].items()})


@pytest.mark.parametrize("dark_matter", [DarkMatter.MAJORANA, DarkMatter.DIRAC])
def test_annihilation_gives_the_flux_of_the_line(dark_matter, halo, surroundings):
    mass, a, b = array(2.0, 7.0), array(1e-30, 3e-30), array(1e-24, 0.0)
    found = 0.5495 * halo_emission.annihilation(mass, a, b, dark_matter).in_aperture(surroundings, halo)
    cross_section = LowVelocityCrossSection(a / CM3_S_PER_MEV_MINUS2, b / CM3_S_PER_MEV_MINUS2)
    j = surroundings.j_factors.evaluate(halo)
    expected = line_511kev.flux(cross_section, mass, dark_matter, j, array(0.967, 0.967))
    assert_allclose(found, expected, rtol=1e-12)


def test_decay_gives_one_positron_each(halo, surroundings):
    # 4 pi flux = J_decay / (m tau)
    found = halo_emission.decay(array(4.0, 4.0), array(1e26, 2e26)).in_aperture(surroundings, halo)
    j = surroundings.j_factors.evaluate(halo).decay
    assert_allclose(found, j / (4.0 * np.pi * 4e-3 * array(1e26, 2e26)), rtol=1e-12)


def test_annuli_add_up_to_about_the_aperture(halo, surroundings):
    source = halo_emission.annihilation(array(2.0, 7.0), array(1e-30, 0.0), array(0.0, 1e-24), DarkMatter.MAJORANA)
    annuli = source.in_annuli(surroundings, halo)
    assert annuli.shape == (2, 4)
    assert_allclose(annuli.sum(axis=1), source.in_aperture(surroundings, halo), rtol=0.02)


def test_decay_is_flatter_than_annihilation(halo, surroundings):
    # docs/physics/galaxy.md 5: annuli of NFW rho^2 .26 .22 .25 .26, of rho .07 .16 .30 .47 (without a point-spread
    # function)
    square = halo_emission.annihilation(array(2.0, 2.0), array(1.0, 1.0), array(0.0, 0.0), DarkMatter.MAJORANA)
    single = halo_emission.decay(array(2.0, 2.0), array(1e26, 1e26))
    for source, printed in ((square, (0.26, 0.22, 0.25, 0.26)), (single, (0.07, 0.16, 0.30, 0.47))):
        annuli = source.in_annuli(surroundings, halo)[0]
        assert_allclose(annuli / annuli.sum(), printed, atol=0.03)
