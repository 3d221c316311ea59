r"""Annihilation of dark matter into two U bosons, X X -> U U, at tree level and at all energies.

The t and u channels of every kind, the contact term of the complex scalar, and for axial couplings the hidden Higgs
boson in the s channel: without it longitudinal U bosons grow as s m_X^2/m_U^4 and violate unitarity. Its couplings are
those of the field that gives mass to both X and U. With :math:`S = s - 2 m_U^2`, :math:`\beta_i = \sqrt{1 - 4m_i^2/s}`,

.. math::
    \sigma v = \frac{g_X^4 \beta_U}{16\pi s}\left[\frac{2 p_1}{K} + 2 p_2 + \frac{4 p_3 L}{S^2}
        + \frac{\eta m_X^2}{s - m_h^2}\left(2 p_5 - \frac{4 p_4 L}{S}\right)
        + \left(\frac{\eta m_X}{s - m_h^2}\right)^2 (s - 4m_X^2)\left(\frac{s^2}{8m_U^4} - \frac{s}{2m_U^2} + \frac32
        \right)\right], \\
    K = m_U^4 + m_X^2 (s - 4 m_U^2), \qquad L = \frac{{\rm artanh}\,r}{r}, \qquad
    r = \frac{s\,\beta_X \beta_U}{S},

where the p_i are the polynomials whose coefficients stand in `COEFFICIENTS`. They follow from the traces of the squared
amplitude; tests/reference/u_pair_oracle.py has the same by explicit sums over spins and polarisations.
"""

from typing import NamedTuple

import numpy as np

from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum


class UPairs(NamedTuple):
    """Coefficients of the bracket of `sigma_v`, averaged over spins.

    With m = m_X and M = m_U they multiply, in this order, the monomials

    - ``squares`` p_1: m^4, s m^2, m^2 M^2, M^4;
    - ``contact`` p_2: s m^2/M^4, m^2/M^2, 1;
    - ``product`` p_3: s^2 m^4/M^4, s m^4/M^2, s^2 m^2/M^2, m^4, s m^2, s^2, m^2 M^2, M^4, s M^2;
    - ``higgs`` eta, the coupling of the hidden Higgs boson: -8 a^2 for an axial coupling a g_X;
    - ``higgs_product`` p_4: s^2 m^2/M^4, s m^2/M^2, m^2, s, M^2;
    - ``higgs_contact`` p_5: s^2/M^4, s/M^2, 1.
    """

    squares: tuple[float, float, float, float]
    contact: tuple[float, float, float]
    product: tuple[float, float, float, float, float, float, float, float, float]
    higgs: float
    higgs_product: tuple[float, float, float, float, float]
    higgs_contact: tuple[float, float, float]


COEFFICIENTS = {
    DarkMatter.DIRAC: UPairs(
        squares=(-8.0, 0.0, -8.0, -2.0),
        contact=(0.0, 0.0, -2.0),
        product=(0.0, 0.0, 0.0, -16.0, 8.0, 2.0, -16.0, 8.0, 0.0),
        higgs=0.0,
        higgs_product=(0.0, 0.0, 0.0, 0.0, 0.0),
        higgs_contact=(0.0, 0.0, 0.0),
    ),
    DarkMatter.MAJORANA: UPairs(
        squares=(-32.0, 0.0, 16.0, -2.0),
        contact=(4.0, -16.0, -2.0),
        product=(-8.0, 32.0, 8.0, 0.0, -24.0, 2.0, -32.0, 8.0, 0.0),
        higgs=-8.0,
        higgs_product=(2.0, -8.0, 16.0, 0.0, -4.0),
        higgs_contact=(1.0, -2.0, 4.0),
    ),
    DarkMatter.DIRAC_CHIRAL: UPairs(
        squares=(-0.5, -1.0, 3.0, -1.0),
        contact=(0.25, -1.0, -1.0),
        product=(-0.5, 2.0, 1.0, 3.0, -6.0, 1.0, -8.0, 4.0, 0.0),
        higgs=-2.0,
        higgs_product=(0.5, -2.0, 2.0, 1.0, -2.0),
        higgs_contact=(0.25, -0.5, 2.0),
    ),
    DarkMatter.SCALAR: UPairs(
        squares=(16.0, 0.0, -8.0, 1.0),
        contact=(0.0, 0.0, 4.0),
        product=(0.0, 0.0, 0.0, 32.0, -16.0, 0.0, -16.0, 2.0, 8.0),
        higgs=0.0,
        higgs_product=(0.0, 0.0, 0.0, 0.0, 0.0),
        higgs_contact=(0.0, 0.0, 0.0),
    ),
}


def sigma_v(s: Array, spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter) -> Array:
    """Cross-section times v_rel = 2 beta_X for X X -> U U, with identical U bosons counted once.

    Exact at tree level for a vector-coupled Dirac fermion and a complex scalar. For a Majorana particle and for a Dirac
    fermion with g_X P_L it holds with one hidden Higgs boson of mass `higgs_mass`, whose own pairs and X X -> U h are
    left out.

    Parameters
    ----------
    s : array
        Invariant mass squared [MeV^2], broadcastable against (n,).
    spectrum : Spectrum
        Masses [MeV], each (n,).
    couplings : Couplings
        Couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.

    Returns
    -------
    array
        sigma v [MeV^-2]; zero below 4 m_U^2 and below 4 m_X^2.

    Raises
    ------
    ValueError
        If the hidden Higgs boson is heavy enough to be a resonance of the channel.
    """
    p = COEFFICIENTS[dark_matter]
    unit = spectrum.m_dm**2
    u2, h2 = spectrum.m_u**2 / unit, higgs_mass(spectrum) ** 2 / unit
    open_ = s >= 4.0 * np.maximum(spectrum.m_dm, spectrum.m_u) ** 2
    z = np.where(open_, s / unit, 4.0 * np.maximum(1.0, u2))  # s in units of m_X^2
    exchange = z - 2.0 * u2
    root = np.sqrt(np.maximum((z - 4.0) * (z - 4.0 * u2), 0.0))
    k = u2**2 + z - 4.0 * u2
    logarithm = _artanh_over(root / exchange, k / exchange**2)
    squares = p.squares[0] + p.squares[1] * z + (p.squares[2] + p.squares[3] * u2) * u2
    contact = (p.contact[0] * z / u2 + p.contact[1]) / u2 + p.contact[2]
    product = (p.product[0] * z**2 / u2 + p.product[1] * z + p.product[2] * z**2) / u2
    product = product + p.product[3] + (p.product[4] + p.product[5] * z) * z
    product = product + (p.product[6] + p.product[7] * u2 + p.product[8] * z) * u2
    bracket = 2.0 * squares / k + 2.0 * contact + 4.0 * product * logarithm / exchange**2
    if p.higgs != 0.0:
        propagator = p.higgs / (z - h2)
        linear = (p.higgs_product[0] * z / u2 + p.higgs_product[1]) * z / u2 + p.higgs_product[2]
        linear = linear + p.higgs_product[3] * z + p.higgs_product[4] * u2
        constant = (p.higgs_contact[0] * z / u2 + p.higgs_contact[1]) * z / u2 + p.higgs_contact[2]
        squared = (z - 4.0) * ((0.125 * z / u2 - 0.5) * z / u2 + 1.5)
        bracket = bracket + propagator * (2.0 * constant - 4.0 * linear * logarithm / exchange + propagator * squared)
    beta = np.sqrt(np.maximum(1.0 - 4.0 * u2 / z, 0.0))
    cross_section = couplings.g_dm**4 * beta * bracket / (16.0 * np.pi * z * unit)
    # At the threshold of a p-wave the bracket is zero but for rounding.
    result: Array = np.where(open_, np.maximum(cross_section, 0.0), 0.0)
    return result


def higgs_mass(spectrum: Spectrum) -> Array:
    """Mass of the hidden Higgs boson [MeV], shape (n,).

    The mass of the model's hidden scalar, and m_U where the model names none: in a supersymmetric hidden sector the
    D-term gives the Higgs boson the mass of its gauge boson.

    Raises
    ------
    ValueError
        If it is above twice the larger of m_dm and m_U, where it would be a resonance.
    """
    mass = np.where(np.isnan(spectrum.m_scalar), spectrum.m_u, spectrum.m_scalar)
    limit = 2.0 * np.maximum(spectrum.m_dm, spectrum.m_u)
    if np.any(mass >= limit):
        raise ValueError(f"m_scalar must be below 2 max(m_dm, m_u) = {limit[mass >= limit][0]:g} MeV for X X -> U U")
    return mass


def _artanh_over(r: Array, quarter: Array) -> Array:
    """artanh(r)/r for 0 <= r < 1, with (1 - r^2)/4 given so that r may be close to 1."""
    small = r < 0.05
    safe = np.where(small, 0.5, r)
    exact = 0.5 * np.log((1.0 + safe) ** 2 / (4.0 * np.where(small, 0.1875, quarter))) / safe
    r2 = r**2
    series = 1.0 + r2 * (1.0 / 3.0 + r2 * (1.0 / 5.0 + r2 * (1.0 / 7.0 + r2 / 9.0)))
    result: Array = np.where(small, series, exact)
    return result
