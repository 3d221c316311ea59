"""Scattering of halo dark matter on electrons, in the definition that direct detection uses."""

import numpy as np

from model.physics.constants import ALPHA, ELECTRON_MASS
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum
from model.physics.units import CM2_PER_MEV_MINUS2

HALO_SPEED2 = 1.0e-6  # (v/c)^2 of dark matter at the Earth (docs/physics/laboratory.md 6)
REFERENCE_MOMENTUM = ALPHA * ELECTRON_MASS  # at which the cross-section is quoted [MeV]


def reference_cross_section(spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter) -> Array:
    r"""Cross-section on a free electron at momentum transfer q = alpha m_e, the quantity that experiments limit.

    .. math::
        \sigma_e = \frac{g_X^2\,\mu^2}{\pi (m_U^2 + \alpha^2 m_e^2)^2}
            \left\{ a\,[g_V^2 + v^2 g_A^2] + b\,[3 g_A^2 + (v^2 + \alpha^2/2)\,g_V^2] \right\}

    with a, b of `DarkMatter.static_currents`. For vector couplings of Dirac or scalar dark matter it is
    :math:`16\pi\alpha\alpha_D\epsilon^2\mu^2/(m_U^2+\alpha^2m_e^2)^2` (docs/physics/laboratory.md 6). The spin density
    of Majorana dark matter meets a spin-dependent :math:`3 g_A^2` where electrons couple axially, and otherwise their
    transverse velocity and magnetic moment, :math:`v_\perp^2 + q^2/2m_e^2`. There the bound electron's own speed of
    order alpha is as large and left out: right to a factor of a few, five orders of magnitude below the vector
    coupling.

    Parameters
    ----------
    spectrum, couplings : Spectrum, Couplings
        Masses [MeV] and couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.

    Returns
    -------
    (n,) array
        sigma_e [cm^2].
    """
    charge, spin = dark_matter.static_currents
    vector2 = 0.25 * (couplings.g_e_l + couplings.g_e_r) ** 2
    axial2 = 0.25 * (couplings.g_e_r - couplings.g_e_l) ** 2
    magnetic = 0.5 * (REFERENCE_MOMENTUM / ELECTRON_MASS) ** 2
    strength = charge * (vector2 + HALO_SPEED2 * axial2) + spin * (3.0 * axial2 + (HALO_SPEED2 + magnetic) * vector2)
    reduced = spectrum.m_dm * ELECTRON_MASS / (spectrum.m_dm + ELECTRON_MASS)
    propagator = spectrum.m_u**2 + REFERENCE_MOMENTUM**2
    sigma: Array = (couplings.g_dm * reduced / propagator) ** 2 * strength / np.pi * CM2_PER_MEV_MINUS2
    return sigma
