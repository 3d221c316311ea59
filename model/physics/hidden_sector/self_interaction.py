"""Elastic self-scattering of dark matter through U."""

import numpy as np

from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum, Widths
from model.physics.units import CM2_G_PER_MEV_MINUS3


def cross_section_per_mass(spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter) -> Array:
    r"""Elastic self-scattering cross-section per mass at threshold.

    Tree level with every channel of one U, exact for any mass ratio. In units of
    :math:`\sigma_0 = g_X^4 m_X^2 / 4\pi m_U^4`, with :math:`\rho = m_U^2 / (4 m_X^2 - m_U^2 + i m_U \Gamma)` from the
    s channel:

    ====================  ============  =======================================
    dark matter           like charges  unlike charges
    ====================  ============  =======================================
    Majorana (axial)      8
    Dirac (vector)        1/2           :math:`1/4 + 3 |1 - 2\rho|^2 / 4`
    Dirac with g P_L      1/2           :math:`1/4 + 3 |1 - \rho|^2 / 16`
    complex scalar        2             1
    ====================  ============  =======================================

    The Majorana value is docs/physics/cross_sections.md 5; its s channel carries the longitudinal part of U, whose
    propagator is :math:`1/m_U^2` at any s. All fermionic entries agree with explicit sums over spins and Wick
    contractions (``tests/reference/scattering_oracle.py``). Particles that differ from their antiparticles meet both
    equally often, so the result is the mean of the two columns. The Born limit of distinguishable particles, 4 pi
    alpha_D^2 m^2/m_U^4 (docs/physics/cross_sections.md 5), is :math:`\sigma_0` itself and leaves out exchange and the s
    channel.

    The Born level requires :math:`g_X^2 m_X / 4\pi m_U \ll 1`. Near m_U = 2 m_X the s channel of Dirac pairs requires
    velocities with :math:`v^2 \ll |1 - m_U^2/4m_X^2|`. Hidden scalars and quartic couplings are left out.

    Parameters
    ----------
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.

    Returns
    -------
    (n,) array
        sigma/m [cm^2/g].
    """
    m_dm, m_u = spectrum.m_dm, spectrum.m_u
    unit = (couplings.g_dm / m_u) ** 4 * m_dm / (4.0 * np.pi)
    return CM2_G_PER_MEV_MINUS3 * unit * _channels(m_dm, m_u, widths.total, dark_matter)


def _channels(m_dm: Array, m_u: Array, width: Array, dark_matter: DarkMatter) -> Array | float:
    """Cross-section over sigma_0, mean over like and unlike charges [1]."""
    if dark_matter is DarkMatter.MAJORANA:
        return 8.0
    if dark_matter is DarkMatter.SCALAR:
        return 0.5 * (2.0 + 1.0)
    rho = m_u**2 / ((2.0 * m_dm - m_u) * (2.0 * m_dm + m_u) + 1j * m_u * width)
    if dark_matter is DarkMatter.DIRAC:
        triplet = 0.75 * np.abs(1.0 - 2.0 * rho) ** 2
    else:
        triplet = 3.0 / 16.0 * np.abs(1.0 - rho) ** 2
    result: Array = 0.5 * (0.5 + 0.25 + triplet)
    return result
