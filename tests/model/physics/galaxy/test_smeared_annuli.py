"""Annuli for any smearing: the table against direct quadrature, and its ends."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.galaxy import annuli, smeared_annuli
from model.physics.galaxy.annuli import LARGEST_SMEARING_PC, AnnulusSettings, annulus_factors
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo

GALAXY = Galaxy("gnfw")
KINDS = ("s_wave", "p_wave", "decay")


def halo_of(gamma):
    values = DEFAULTS["gnfw"] | {"r_sun_kpc": 8.2}
    return Halo(**{name: np.full(len(gamma), float(value)) for name, value in values.items()} | {"gamma": gamma})


def stacked(regions):
    return np.array([[getattr(region, kind) for kind in KINDS] for region in regions])


@pytest.fixture(scope="module")
def small(monkeypatch_module):
    """A table of few slopes, which takes a second instead of half a minute."""
    from model.physics.galaxy import halo_grid

    nodes = halo_grid.nodes("gnfw")
    few = (np.linspace(0.0, 1.66, 101)[54:67], *nodes[1:])  # slopes from 0.90 to 1.10
    monkeypatch_module.setattr(halo_grid, "nodes", lambda _: few)
    return smeared_annuli.tabulate(GALAXY, 2.7)


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.mark.parametrize("length", [0.0, 20.0, 90.0, 150.0, 333.0, 800.0, 2345.0, LARGEST_SMEARING_PC])
def test_table_is_the_direct_quadrature_at_one_smearing(small, length):
    halo = halo_of(np.array([0.92, 1.0, 1.08]))
    expected = stacked(annulus_factors(GALAXY, halo, AnnulusSettings(2.7, length)))
    assert_allclose(stacked(small.evaluate(halo, np.full(3, length))), expected, rtol=2e-3)


def test_each_point_has_its_own_smearing(small):
    halo = halo_of(np.full(3, 1.0))
    together = stacked(small.evaluate(halo, np.array([10.0, 500.0, 3000.0])))
    for point, length in enumerate((10.0, 500.0, 3000.0)):
        alone = stacked(small.evaluate(halo, np.full(3, length)))
        assert_allclose(together[:, :, point], alone[:, :, point], rtol=1e-14)


def test_a_longer_smearing_than_the_largest_counts_as_the_largest(small):
    halo = halo_of(np.full(2, 1.0))
    beyond, largest = (stacked(small.evaluate(halo, np.full(2, x))) for x in (9999.0, LARGEST_SMEARING_PC))
    assert_allclose(beyond, largest, rtol=0.0)


def test_smearing_empties_the_centre_and_keeps_the_light_of_a_wide_sky(small):
    halo = halo_of(np.full(4, 1.0))
    light = stacked(small.evaluate(halo, np.array([0.0, 150.0, 600.0, 2500.0])))[:, 0]
    assert np.all(np.diff(light[0]) < 0.0)
    assert light[0, 3] < 0.1 * light[0, 0]


@pytest.mark.slow
def test_wide_smearing_agrees_with_twice_the_nodes(monkeypatch):
    halo = halo_of(np.array([0.6, 1.0, 1.4]))
    lengths = (400.0, 1500.0, LARGEST_SMEARING_PC)
    coarse = [stacked(annulus_factors(GALAXY, halo, AnnulusSettings(2.7, s))) for s in lengths]
    monkeypatch.setattr(annuli, "_BIRTH_RULE", np.polynomial.legendre.leggauss(12))
    monkeypatch.setattr(annuli, "_BIRTH_PANEL_KPC", 0.05)
    monkeypatch.setattr(annuli, "_BIRTH_FARTHEST_KPC", 60.0)
    fine = [stacked(annulus_factors(GALAXY, halo, AnnulusSettings(2.7, s))) for s in lengths]
    assert_allclose(coarse, fine, rtol=2e-4)


def test_the_table_holds_four_parts_of_four_annuli_at_fifteen_lengths(small):
    assert small.ln_j.shape[-1] == 15 * 16
    assert small.ln_j.shape[:-1] == (len(small.shape), len(small.r_s_kpc), len(small.r_sun_kpc))


@pytest.mark.parametrize(
    "position, nodes", [(7.5, range(5, 11)), (0.5, range(6)), (2.5, range(6)), (3.5, range(1, 7)), (13.5, range(9, 15))]
)
def test_a_length_is_interpolated_from_the_six_nodes_around_it(position, nodes, monkeypatch):
    """A table that is one everywhere but at one length: only the lengths around a point move its J-factors."""
    halo = halo_of(np.ones(1))
    length = 100.0 * np.expm1(np.log1p(LARGEST_SMEARING_PC / 100.0) * position / 14.0)
    table = smeared_annuli.SmearedAnnulusTable("gnfw", "jeans", 2.7, *(4 * (np.ones(1),)))

    def light(node):
        ln_parts = np.zeros((1, 15, 16))
        ln_parts[:, node] = 1.0
        monkeypatch.setattr(smeared_annuli.halo_grid, "interpolated", lambda *_: np.exp(ln_parts.reshape(1, -1)))
        return table.evaluate(halo, np.array([length]))[0].s_wave[0]

    plain = float(halo.rho_sun_gev_cm3[0]) ** 2  # where the weight is zero, J is that of 1 GeV/cm^3
    assert [node for node in range(15) if abs(light(node) / plain - 1.0) > 1e-9] == list(nodes)
