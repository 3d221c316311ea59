"""Annihilation of dark matter through an s-channel U."""

from typing import NamedTuple

import numpy as np

from model.physics.constants import ELECTRON_MASS, MUON_MASS, TAU_MASS
from model.physics.hidden_sector import hadronic_cross_section
from model.physics.hidden_sector.final_state_correction import corrected_velocity
from model.physics.quantities import Array, Couplings, DarkMatter, LowVelocityCrossSection, Spectrum, Widths

# m_U/m_dm below which XX -> UU changes the relic abundance, at three g_dm (docs/physics/cross_sections.md 4)
U_PAIR_COUPLING = np.array([0.1, 0.3, 1.0])
U_PAIR_MASS_RATIO = np.array([1.5, 1.6, 1.8])


class _Portal(NamedTuple):
    """What annihilates, and through what."""

    spectrum: Spectrum
    couplings: Couplings
    widths: Widths
    dark_matter: DarkMatter


class _Leptons(NamedTuple):
    """A pair of leptons: mass [MeV], chiral couplings (n,), and whether it is corrected to order alpha."""

    mass: float
    left: Array
    right: Array
    one_loop: bool = False


def sigma_v_leptons(
    s: Array,
    lepton_mass: float,
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    *,
    s_minus_mu2: Array | None = None,
) -> Array:
    r"""Cross-section times v_rel = 2 beta_X for X X -> l+ l-.

    .. math::
        \sigma v &= \frac{g_X^2 \beta_l}{12\pi s\,[(s - m_U^2)^2 + \Gamma^2 m_U^2]}
            \left\{A\,[w_a (s - 4 m_X^2) + w_v (s + 2 m_X^2)]
            + 6 w_m (g_L - g_R)^2 \frac{m_l^2 m_X^2}{m_U^4} (s - m_U^2)^2\right\} \\
        A &= s (g_L^2 + g_R^2) + m_l^2 (6 g_L g_R - g_L^2 - g_R^2)

    with the weights (w_a, w_v, w_m) of `DarkMatter`; docs/physics/cross_sections.md 1.

    Parameters
    ----------
    s : array
        Invariant mass squared [MeV^2], broadcastable against (n,).
    lepton_mass : float
        Mass of the lepton [MeV].
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    s_minus_mu2 : array, optional
        s - m_U^2 [MeV^2]. Pass it near a narrow pole, where the difference of two doubles loses all digits once
        Gamma/m_U < 1e-11.

    Returns
    -------
    array
        sigma v [MeV^-2]; zero below 4 m_l^2 and below 4 m_X^2.
    """
    offset = s - spectrum.m_u**2 if s_minus_mu2 is None else s_minus_mu2
    leptons = _Leptons(lepton_mass, couplings.g_e_l, couplings.g_e_r)
    return _sigma_v(s, offset, leptons, _Portal(spectrum, couplings, widths, dark_matter))


def sigma_v_hadrons(
    s: Array,
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    *,
    s_minus_mu2: Array | None = None,
) -> Array:
    """Cross-section times v_rel for X X -> hadrons [MeV^-2].

    The squared coupling of `hadronic_cross_section` times the cross-section into a massless lepton with g_L = g_R = 1
    (docs/physics/cross_sections.md 3). Arguments as in `sigma_v_leptons`; zero below 4 m_pi^2 and below 4 m_X^2.
    """
    offset = s - spectrum.m_u**2 if s_minus_mu2 is None else s_minus_mu2
    unit = np.ones_like(couplings.g_dm)
    leptons = _sigma_v(s, offset, _Leptons(0.0, unit, unit), _Portal(spectrum, couplings, widths, dark_matter))
    return hadronic_cross_section.squared_coupling(s, couplings) * leptons


def sigma_v_neutrinos(
    s: Array,
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    *,
    s_minus_mu2: Array | None = None,
) -> Array:
    """Cross-section times v_rel for X X -> nu nubar, three flavours together [MeV^-2]; see `sigma_v_leptons`.

    Massless leptons with g_L = g_nu and g_R = 0.
    """
    offset = s - spectrum.m_u**2 if s_minus_mu2 is None else s_minus_mu2
    none = np.zeros_like(couplings.g_nu)
    neutrinos = _Leptons(0.0, couplings.g_nu, none)
    return 3.0 * _sigma_v(s, offset, neutrinos, _Portal(spectrum, couplings, widths, dark_matter))


def sigma_v(
    s: Array,
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    *,
    s_minus_mu2: Array | None = None,
) -> Array:
    """Cross-section times v_rel into charged leptons, neutrinos and hadrons [MeV^-2]; see `sigma_v_leptons`."""
    inputs = (spectrum, couplings, widths, dark_matter)
    return (
        sigma_v_leptons(s, ELECTRON_MASS, *inputs, s_minus_mu2=s_minus_mu2)
        + sigma_v_leptons(s, MUON_MASS, *inputs, s_minus_mu2=s_minus_mu2)
        + sigma_v_leptons(s, TAU_MASS, *inputs, s_minus_mu2=s_minus_mu2)
        + sigma_v_neutrinos(s, *inputs, s_minus_mu2=s_minus_mu2)
        + sigma_v_hadrons(s, *inputs, s_minus_mu2=s_minus_mu2)
    )


def low_velocity(
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    *,
    lepton_mass: float = ELECTRON_MASS,
    one_loop: bool = False,
) -> LowVelocityCrossSection:
    """Expansion sigma v = s_wave + p_wave v_rel^2 into a pair of charged leptons, by default e+e-.

    ``s_wave`` is the value at s = 4 m_X^2. ``p_wave`` is the coefficient of v_rel^2 in the bracket A (s - 4 m_X^2),
    with s - 4 m_X^2 = m_X^2 v_rel^2 and everything else at threshold. Velocity corrections to an s-wave term, which are
    of relative order v_rel^2, are left out. The width stays in the propagator, but the expansion itself requires
    v_rel^2 << |m_U^2/m_X^2 - 4| (docs/physics/cross_sections.md 1).

    Parameters
    ----------
    spectrum, couplings, widths, dark_matter
        As in `sigma_v_leptons`.
    lepton_mass : float
        Mass of the lepton [MeV]; all charged leptons have the couplings of the electron.
    one_loop : bool
        Correct the leptons to order alpha (`final_state_correction`).

    Returns
    -------
    LowVelocityCrossSection
        s_wave and p_wave [MeV^-2], each (n,); zero where m_X is below the mass of the lepton.
    """
    leptons = _Leptons(lepton_mass, couplings.g_e_l, couplings.g_e_r, one_loop)
    return _low_velocity(leptons, _Portal(spectrum, couplings, widths, dark_matter))


def low_velocity_hadrons(
    spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter
) -> LowVelocityCrossSection:
    """Expansion sigma v = s_wave + p_wave v_rel^2 into hadrons; zero where 2 m_X is below two pions.

    Arguments as in `low_velocity`, cross-section as in `sigma_v_hadrons`. The energy dependence of the hadronic current
    is that at rest, as for the propagator in `low_velocity`.
    """
    unit = np.ones_like(couplings.g_dm)
    massless = _low_velocity(_Leptons(0.0, unit, unit), _Portal(spectrum, couplings, widths, dark_matter))
    squared = hadronic_cross_section.squared_coupling(4.0 * spectrum.m_dm**2, couplings)
    return LowVelocityCrossSection(squared * massless.s_wave, squared * massless.p_wave)


def _low_velocity(leptons: _Leptons, portal: _Portal) -> LowVelocityCrossSection:
    """The expansion for one pair of leptons."""
    m_dm, m_u = portal.spectrum.m_dm, portal.spectrum.m_u
    axial, vector, mass = portal.dark_matter.value
    threshold = 4.0 * m_dm**2
    offset = (2.0 * m_dm - m_u) * (2.0 * m_dm + m_u)
    prefactor = _prefactor(threshold, offset, leptons, portal)
    current = _current(threshold, leptons)
    non_conserved = _mass_term(offset, leptons, portal.spectrum)
    return LowVelocityCrossSection(
        s_wave=prefactor * (vector * current * 6.0 * m_dm**2 + mass * non_conserved),
        p_wave=prefactor * axial * current * m_dm**2,
    )


def u_pair_channel_matters(spectrum: Spectrum, couplings: Couplings) -> np.typing.NDArray[np.bool_]:
    """Whether X X -> U U would change the relic abundance, which leaves it out by default.

    True where m_U/m_X lies below 1.8 (g = 1), 1.6 (0.3), 1.5 (0.1), linear in ln g between and constant beyond
    (docs/physics/cross_sections.md 4).

    Parameters
    ----------
    spectrum : Spectrum
        Masses [MeV], each (n,). NaN rows give False.
    couplings : Couplings
        Couplings [1], each (n,); g_dm of either sign, zero gives the smallest threshold.

    Returns
    -------
    (n,) bool array
    """
    strength = np.maximum(np.abs(couplings.g_dm), U_PAIR_COUPLING[0])
    matters: np.typing.NDArray[np.bool_] = spectrum.m_u / spectrum.m_dm < np.interp(
        np.log(strength), np.log(U_PAIR_COUPLING), U_PAIR_MASS_RATIO
    )
    return matters


def _sigma_v(s: Array, offset: Array, leptons: _Leptons, portal: _Portal) -> Array:
    axial, vector, mass_weight = portal.dark_matter.value
    m_dm = portal.spectrum.m_dm
    above = np.sqrt(s) - 2.0 * m_dm
    # s - 4 m^2 as a product keeps its digits near threshold.
    relative = above * (above + 4.0 * m_dm)
    bracket = _current(s, leptons) * (axial * relative + vector * (s + 2.0 * m_dm**2))
    bracket = bracket + mass_weight * _mass_term(offset, leptons, portal.spectrum)
    result: Array = np.where(above >= 0.0, _prefactor(s, offset, leptons, portal) * bracket, 0.0)
    return result


def _prefactor(s: Array, offset: Array, leptons: _Leptons, portal: _Portal) -> Array:
    """P of docs/physics/cross_sections.md 1 [MeV^-6]: zero below the threshold of the final state."""
    beta = np.sqrt(np.maximum(1.0 - 4.0 * leptons.mass**2 / s, 0.0))
    beta = corrected_velocity(beta, one_loop=leptons.one_loop)
    propagator = offset**2 + (portal.widths.total * portal.spectrum.m_u) ** 2
    prefactor: Array = portal.couplings.g_dm**2 * beta / (12.0 * np.pi * s * propagator)
    return prefactor


def _current(s: Array, leptons: _Leptons) -> Array:
    """Return A of docs/physics/cross_sections.md 1 [MeV^2]."""
    square = leptons.left**2 + leptons.right**2
    return s * square + leptons.mass**2 * (6.0 * leptons.left * leptons.right - square)


def _mass_term(offset: Array, leptons: _Leptons, spectrum: Spectrum) -> Array:
    """Longitudinal part [MeV^4] of a current that the lepton mass does not conserve."""
    ratio = leptons.mass * spectrum.m_dm / spectrum.m_u**2
    return 6.0 * (leptons.left - leptons.right) ** 2 * ratio**2 * offset**2
