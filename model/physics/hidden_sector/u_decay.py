"""Decay widths of the U boson."""

import numpy as np

from model.physics.constants import CHARGED_PION_MASS, ELECTRON_MASS, MUON_MASS
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum, Widths

# A single Breit-Wigner of constant width replaces the pion form factor (docs/physics/cross_sections.md 3). Mass and
# width are PDG 2024 rounded to the digits that such a form deserves: it is good to about 10 % below 0.8 GeV.
RHO_MASS = 775.0  # [MeV]
RHO_WIDTH = 149.0  # [MeV]


def pion_r_ratio(s: Array) -> Array:
    r"""Hadronic R ratio, pi+ pi- only.

    .. math::
        R(s) = \frac14 \left(1 - \frac{4 m_\pi^2}{s}\right)^{3/2} |F_\pi(s)|^2, \qquad
        |F_\pi|^2 = \frac{m_\rho^4}{(s - m_\rho^2)^2 + m_\rho^2 \Gamma_\rho^2}

    docs/physics/cross_sections.md 3. Heavier final states, which dominate above about 1 GeV, are left out.

    Parameters
    ----------
    s : array
        Invariant mass squared [MeV^2], any shape.

    Returns
    -------
    array
        sigma(e+e- -> hadrons) / sigma(e+e- -> mu+mu-, massless) [1], zero below 4 m_pi^2.
    """
    energy2 = np.asarray(s, dtype=np.float64)
    beta2 = np.zeros_like(energy2)
    np.divide(energy2 - 4.0 * CHARGED_PION_MASS**2, energy2, out=beta2, where=energy2 > 4.0 * CHARGED_PION_MASS**2)
    form_factor2 = RHO_MASS**4 / ((energy2 - RHO_MASS**2) ** 2 + (RHO_MASS * RHO_WIDTH) ** 2)
    ratio: Array = 0.25 * beta2 * np.sqrt(beta2) * form_factor2
    return ratio


def partial_widths(spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter) -> Widths:
    r"""Tree-level partial widths of U.

    .. math::
        \Gamma(f\bar f) = \frac{m_U}{24\pi} \beta_f
            \left[g_L^2 + g_R^2 + (6 g_L g_R - g_L^2 - g_R^2) \frac{m_f^2}{m_U^2}\right], \qquad
        \Gamma(\text{hadrons}) = R(m_U^2) \frac{g_h^2 m_U}{12\pi}

    and, with :math:`r = m_{DM}^2 / m_U^2`, :math:`g^2 m_U \beta / \pi` times :math:`\beta^2/24` (Majorana),
    :math:`\beta^2/48` (complex scalar), :math:`(1 + 2r)/12` (Dirac) or :math:`(1 - r)/24` (Dirac with g P_L).
    docs/physics/cross_sections.md 2 and 3. Electrons and muons have the same couplings, which may have either sign.

    Parameters
    ----------
    spectrum : Spectrum
        Masses [MeV], each (n,). NaN rows give NaN widths.
    couplings : Couplings
        Couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.

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
    m_u, m_dm = spectrum.m_u, spectrum.m_dm
    beta = _velocity(m_u, m_dm)
    ratio = (m_dm / m_u) ** 2
    shape = {
        DarkMatter.MAJORANA: beta**2 / 24.0,
        DarkMatter.SCALAR: beta**2 / 48.0,
        DarkMatter.DIRAC: (1.0 + 2.0 * ratio) / 12.0,
        DarkMatter.DIRAC_CHIRAL: (1.0 - ratio) / 24.0,
    }[dark_matter]
    hadrons = pion_r_ratio(m_u**2) * couplings.g_hadron**2 * m_u / (12.0 * np.pi)
    return Widths(
        electrons=_lepton_width(m_u, couplings, ELECTRON_MASS),
        muons=_lepton_width(m_u, couplings, MUON_MASS),
        hadrons=hadrons,
        dark_matter=couplings.g_dm**2 * m_u * beta * shape / np.pi,
    )


def _lepton_width(m_u: Array, couplings: Couplings, mass: float) -> Array:
    left, right = couplings.g_e_l, couplings.g_e_r
    square = left**2 + right**2
    bracket = square + (6.0 * left * right - square) * (mass / m_u) ** 2
    # For axial couplings the bracket vanishes at threshold, where rounding could make it -1e-17.
    return m_u * _velocity(m_u, mass) * np.maximum(bracket, 0.0) / (24.0 * np.pi)


def _velocity(m_u: Array, mass: Array | float) -> Array:
    """Velocity of the decay products [1]: zero, not NaN, below threshold."""
    velocity: Array = np.sqrt(np.maximum((m_u - 2.0 * mass) * (m_u + 2.0 * mass), 0.0)) / m_u
    return velocity
