r"""The 511 keV line from dark matter annihilating into e+e- around the Galactic centre.

Conventions (docs/physics/galaxy.md 4):

- each annihilation makes one positron, which annihilates where it is made;
- each positron gives :math:`N_{511} = 2(1 - 3 f_{\rm Ps}/4)` photons of 511 keV: two if it annihilates directly or
  through para-positronium, none through ortho-positronium (3/4 of the positronium fraction :math:`f_{\rm Ps}`);
- the annihilation rate per volume is :math:`\tfrac12\langle\sigma v\rangle\rho^2/m^2` for self-conjugate dark matter
and
  :math:`\tfrac14` of it for particle plus antiparticle in equal numbers (rho counts both).

Flux and positron rate are not the same datum. :func:`positron_rate` puts all positrons at the distance R0 and corrects
for positronium: 0.96e-3 photons/cm^2/s at 8.2 kpc and f_Ps = 0.967 is 1.41e43 e+/s. The 3e42 e+/s of Hooper & Zurek
(arXiv:0801.3686) correspond to f_Ps = 0, two photons per positron.
"""

import numpy as np

from model.physics.constants import KPC_CM
from model.physics.galaxy.shells import JFactors
from model.physics.quantities import FRACTION, Array, DarkMatter, LowVelocityCrossSection, Parameter
from model.physics.units import CM3_S_PER_MEV_MINUS2, MEV_PER_GEV

F_PS = Parameter(
    "f_ps",
    "1",
    r"f_{\rm Ps}",
    FRACTION,
    "fraction of positrons that annihilate through positronium",
    0.967,  # Jean et al. 2006, astro-ph/0509298
)
PARAMETERS: tuple[Parameter, ...] = (F_PS,)
"""Nuisance parameter of the line."""


def photons_per_positron(f_ps: Array) -> Array:
    r"""Photons of 511 keV per annihilated positron, :math:`2(1 - 3 f_{\rm Ps}/4)`.

    Brown & Leventhal (1987), ApJ 319, 637.

    Parameters
    ----------
    f_ps : (n,) array
        Positronium fraction [1], in [0, 1].

    Returns
    -------
    (n,) array
        Photons per positron [1]: 2 without positronium, 1/2 with positronium only.

    Raises
    ------
    ValueError
        If a fraction is outside [0, 1].
    """
    f = np.asarray(f_ps, dtype=np.float64)
    inside = (f >= 0.0) & (f <= 1.0)
    if not np.all(inside):
        raise ValueError(f"f_ps must be in [0, 1], got {f[~inside][0]}")
    return 2.0 - 1.5 * f


def flux(
    cross_section: LowVelocityCrossSection,
    m_dm: Array,
    dark_matter: DarkMatter,
    j_factors: JFactors,
    f_ps: Array,
) -> Array:
    r"""Flux of the line from the cone of the J-factors.

    .. math::
        \Phi = \frac{N_{511}}{4\pi}\,\frac{\kappa}{2 m^2}\,(a J_s + b J_p), \qquad \sigma v = a + b v_{\rm rel}^2,

    with :math:`\kappa = 1` for self-conjugate dark matter and 1/2 otherwise. docs/physics/galaxy.md 4.

    Parameters
    ----------
    cross_section : LowVelocityCrossSection
        a and b into e+e- [MeV^-2].
    m_dm : (n,) array
        Dark-matter mass [MeV], positive; NaN (no valid vacuum) gives NaN.
    dark_matter : DarkMatter
        Kind of particle.
    j_factors : JFactors
        J_s and J_p [GeV^2 cm^-5].
    f_ps : (n,) array
        Positronium fraction [1].

    Returns
    -------
    (n,) array
        Flux [photons cm^-2 s^-1].

    Raises
    ------
    ValueError
        If a mass is not positive or a positronium fraction outside [0, 1].
    """
    m = np.asarray(m_dm, dtype=np.float64)
    if np.any(m <= 0.0):
        raise ValueError(f"m_dm must be > 0 MeV, got {m[m <= 0.0][0]}")
    mass_gev = m / MEV_PER_GEV
    emission = CM3_S_PER_MEV_MINUS2 * (
        cross_section.s_wave * j_factors.s_wave + cross_section.p_wave * j_factors.p_wave
    )  # [GeV^2 cm^-2 s^-1]
    per_area: Array = 0.5 * dark_matter.kappa * emission / mass_gev**2
    return photons_per_positron(f_ps) / (4.0 * np.pi) * per_area


def sigma_v_bulge(cross_section: LowVelocityCrossSection, j_factors: JFactors) -> Array:
    r"""Annihilation cross-section averaged over the cone with weight rho^2, :math:`(a J_s + b J_p)/J_s`.

    Parameters
    ----------
    cross_section : LowVelocityCrossSection
        a and b into e+e- [MeV^-2].
    j_factors : JFactors
        J_s and J_p [GeV^2 cm^-5].

    Returns
    -------
    (n,) array
        Cross-section [cm^3/s].
    """
    mean_v2 = j_factors.p_wave / j_factors.s_wave
    return CM3_S_PER_MEV_MINUS2 * (cross_section.s_wave + cross_section.p_wave * mean_v2)


def positron_rate(flux_511: Array, r_sun_kpc: Array, f_ps: Array) -> Array:
    r"""Positrons per second that give a flux from the distance of the centre, :math:`4\pi R_0^2\,\Phi/N_{511}`.

    The convention of the published rates (Knoedlseder et al. 2005, astro-ph/0506026): a source at R0, corrected for the
    positronium fraction. It is not the volume integral of the annihilation rate, from which it differs by the
    spread of the distances in the cone.

    Parameters
    ----------
    flux_511 : (n,) array
        Flux of the line [photons cm^-2 s^-1].
    r_sun_kpc : (n,) array
        Distance of the centre [kpc], positive.
    f_ps : (n,) array
        Positronium fraction [1].

    Returns
    -------
    (n,) array
        Rate [e+/s].

    Raises
    ------
    ValueError
        If a distance is not positive or a positronium fraction outside [0, 1].
    """
    r_sun = np.asarray(r_sun_kpc, dtype=np.float64)
    if not np.all(r_sun > 0.0):
        raise ValueError(f"r_sun_kpc must be > 0, got {r_sun[~(r_sun > 0.0)][0]}")
    return flux_511 * 4.0 * np.pi * (r_sun * KPC_CM) ** 2 / photons_per_positron(f_ps)
