"""Decay widths of the U boson."""

import numpy as np

from model.physics.constants import ELECTRON_MASS, MUON_MASS, TAU_MASS
from model.physics.hidden_sector import hadronic_cross_section
from model.physics.hidden_sector.final_state_correction import corrected_velocity
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum, Widths


def partial_widths(
    spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter, *, one_loop: bool = False
) -> Widths:
    r"""Partial widths of U at tree level.

    .. math::
        \Gamma(f\bar f) = \frac{m_U}{24\pi} \beta_f
            \left[g_L^2 + g_R^2 + (6 g_L g_R - g_L^2 - g_R^2) \frac{m_f^2}{m_U^2}\right], \qquad
        \Gamma(\nu\bar\nu) = 3 \frac{g_\nu^2 m_U}{24\pi}, \qquad
        \Gamma(\text{hadrons}) = \frac{m_U}{12\pi} \sum_k q_k R_k(m_U^2)

    and, with :math:`r = m_{DM}^2 / m_U^2`, :math:`g^2 m_U \beta / \pi` times :math:`\beta^2/24` (Majorana),
    :math:`\beta^2/48` (complex scalar), :math:`(1 + 2r)/12` (Dirac) or :math:`(1 - r)/24` (Dirac with g P_L).
    docs/physics/cross_sections.md 2 and 3. Charged leptons share their couplings, of either sign, and so do the
    three flavours of neutrinos. `hadronic_cross_section` has the parts of R and how well they are known: it ends at
    m_U = 3 GeV.

    Parameters
    ----------
    spectrum : Spectrum
        Masses [MeV], each (n,). NaN rows give NaN widths.
    couplings : Couplings
        Couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    one_loop : bool
        Correct charged leptons to order alpha (`final_state_correction`).

    Returns
    -------
    Widths
        Partial widths [MeV], each (n,); exactly zero for a closed channel.

    Raises
    ------
    ValueError
        If a mass is not positive.
    """
    for name, mass in (("m_dm", spectrum.m_dm), ("m_u", spectrum.m_u)):
        if np.any(mass <= 0.0):
            raise ValueError(f"{name} must be > 0 MeV, got {np.nanmin(mass)}")
    m_u = spectrum.m_u
    hadrons = hadronic_cross_section.squared_coupling(m_u**2, couplings) * m_u / (12.0 * np.pi)
    return Widths(
        electrons=_lepton_width(m_u, couplings, ELECTRON_MASS, one_loop),
        muons=_lepton_width(m_u, couplings, MUON_MASS, one_loop),
        taus=_lepton_width(m_u, couplings, TAU_MASS, one_loop),
        neutrinos=3.0 * couplings.g_nu**2 * m_u / (24.0 * np.pi),
        hadrons=hadrons,
        dark_matter=width_to_dark_matter(m_u, spectrum.m_dm, couplings.g_dm, dark_matter),
    )


def width_to_dark_matter(m_vector: Array, m_dm: Array, coupling: Array, dark_matter: DarkMatter) -> Array:
    """Width of a vector, which may be U or another that mixes with it, into dark matter: see `partial_widths`.

    Parameters
    ----------
    m_vector, m_dm : (n,) array
        Masses of the vector and of dark matter [MeV].
    coupling : (n,) array
        Coupling of the vector to dark matter [1].
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.

    Returns
    -------
    (n,) array
        [MeV]; exactly zero if the channel is closed.
    """
    beta = _velocity(m_vector, m_dm)
    ratio = (m_dm / m_vector) ** 2
    shape = {
        DarkMatter.MAJORANA: beta**2 / 24.0,
        DarkMatter.SCALAR: beta**2 / 48.0,
        DarkMatter.DIRAC: (1.0 + 2.0 * ratio) / 12.0,
        DarkMatter.DIRAC_CHIRAL: (1.0 - ratio) / 24.0,
    }[dark_matter]
    width: Array = coupling**2 * m_vector * beta * shape / np.pi
    return width


def _lepton_width(m_u: Array, couplings: Couplings, mass: float, one_loop: bool) -> Array:
    left, right = couplings.g_e_l, couplings.g_e_r
    square = left**2 + right**2
    bracket = square + (6.0 * left * right - square) * (mass / m_u) ** 2
    # For axial couplings the bracket vanishes at threshold, where rounding could make it -1e-17.
    velocity = corrected_velocity(_velocity(m_u, mass), one_loop=one_loop)
    return m_u * velocity * np.maximum(bracket, 0.0) / (24.0 * np.pi)


def _velocity(m_u: Array, mass: Array | float) -> Array:
    """Velocity of the decay products [1]: zero, not NaN, below threshold."""
    velocity: Array = np.sqrt(np.maximum((m_u - 2.0 * mass) * (m_u + 2.0 * mass), 0.0)) / m_u
    return velocity
