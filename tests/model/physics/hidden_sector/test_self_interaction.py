import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import scattering_oracle as oracle
from reference.couplings import couplings_of

from model.physics.hidden_sector.self_interaction import cross_section_per_mass
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum, Widths

CM2_G = 4.58e-6  # 1 cm^2/g in MeV^-3, docs/physics/README.md
MASSES = [(3.0, 9.0), (10.0, 10.0), (10.0, 19.0), (10.0, 23.0)]  # (m_dm, m_u) on both sides of the pole


def per_mass(kind, m_dm, m_u, g=1.0, width=None):
    columns = np.atleast_1d(m_dm), np.atleast_1d(m_u)
    m_dm, m_u = (np.asarray(c, dtype=float) for c in np.broadcast_arrays(*columns))
    spectrum, couplings = Spectrum(m_dm, m_u, m_dm, m_dm), couplings_of(np.full(m_dm.shape, g), 0.0, 0.0)
    zero = np.zeros_like(m_dm)
    widths = partial_widths(spectrum, couplings, kind) if width is None else Widths(zero + width, *(zero,) * 5)
    return cross_section_per_mass(spectrum, couplings, widths, kind)


def slow(kind, m_dm, m_u):
    """sigma/m [MeV^-3] from spinors at a momentum of 1e-4 m, mean over like and unlike charges."""
    k = 1e-4 * m_dm
    if kind is DarkMatter.MAJORANA:
        # (g/2) chi-bar gamma gamma5 chi, the normalisation of docs/physics/cross_sections.md 1
        sigma = oracle.fermion_cross_section(oracle.AXIAL, "aaaa", m_dm, m_u, k, majorana=True, strength=0.5)
    elif kind is DarkMatter.SCALAR:
        sigma = 0.5 * sum(oracle.scalar_cross_section(unlike, m_dm, m_u, k) for unlike in (False, True))
    else:
        current = oracle.VECTOR if kind is DarkMatter.DIRAC else oracle.LEFT
        sigma = 0.5 * sum(oracle.fermion_cross_section(current, legs, m_dm, m_u, k) for legs in ("aaaa", "abab"))
    return sigma / m_dm


@pytest.mark.parametrize("m_dm, m_u", MASSES)
@pytest.mark.parametrize("kind", DarkMatter)
def test_agrees_with_explicit_spinors_and_contractions(kind, m_dm, m_u):
    ours = per_mass(kind, m_dm, m_u, width=0.0)
    assert_allclose(ours * CM2_G, slow(kind, m_dm, m_u), rtol=1e-3)  # 4.58e-6 has three digits


@pytest.mark.parametrize("m_dm, m_u, expected", [(3.0, 9.0, 64.0), (10.0, 10.0, 139.0), (10.0, 30.0, 1.7)])
def test_majorana_dark_matter_as_in_theory(m_dm, m_u, expected):
    assert_allclose(per_mass(DarkMatter.MAJORANA, m_dm, m_u), expected, rtol=0.015)  # the reference has two digits


def test_benchmark_of_the_paper_exceeds_the_cluster_bound():
    assert_allclose(per_mass(DarkMatter.MAJORANA, 3.0, 10.0), 42.0, rtol=0.01)  # docs/physics/cross_sections.md 5


@pytest.mark.parametrize("kind, over_born", [("DIRAC", 0.75), ("DIRAC_CHIRAL", 0.46875), ("SCALAR", 1.5)])
def test_light_u_leaves_the_born_limit_times_exchange(kind, over_born):
    # 4 pi alpha_D^2 m^2 / m_U^4 of docs/physics/cross_sections.md 5 is for distinguishable particles and the t channel
    # alone
    born = 4 * np.pi * (1 / (4 * np.pi)) ** 2 * 10.0 / 0.01**4 / CM2_G
    assert_allclose(per_mass(DarkMatter[kind], 10.0, 0.01, width=0.0), over_born * born, rtol=1e-3)


def test_scales_as_the_fourth_power_of_the_coupling():
    for kind in DarkMatter:
        assert_allclose(
            per_mass(kind, 3.0, 4.0, g=0.2, width=0.0) / per_mass(kind, 3.0, 4.0, g=0.1, width=0.0), 16.0, rtol=1e-12
        )


def test_only_vector_pairs_resonate_and_the_width_keeps_them_finite():
    at, off = per_mass(DarkMatter.DIRAC, 5.0, [10.0, 12.0], width=1e-6)
    assert np.isfinite(at)
    assert at > 1e6 * off
    majorana = per_mass(DarkMatter.MAJORANA, 5.0, [10.0, 12.0], width=1e-6)
    assert_allclose(majorana[0] / majorana[1], 1.2**4, rtol=1e-12)


def test_no_points():
    assert per_mass(DarkMatter.DIRAC, np.empty(0), np.empty(0)).shape == (0,)
