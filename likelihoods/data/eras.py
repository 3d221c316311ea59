"""Which data exist: those of 2008, when arXiv:0801.3686 appeared, or those of today.

A new era is one more name in `Era`, its entry in `ERAS`, and its data in ``measurements.yaml`` under ``{name}_{era}``.
"""

from math import inf
from typing import Literal, NamedTuple

Era = Literal[2008, "modern"]


class EraFacts(NamedTuple):
    """What several likelihoods and figures take from an era.

    Attributes
    ----------
    last_year : float
        The last year of publication that the era knows; infinite for today.
    baryon_density : tuple of float
        Omega_b h^2 of the CMB and its error [1].
    sky_template : str
        Model of the 511 keV sky, a key of ``sky_511kev.yaml``.
    smearing_pc : float
        Distance between birth and annihilation of positrons [pc].
    r_sun_kpc : float
        Distance of the Sun from the Galactic centre [kpc].
    """

    last_year: float
    baryon_density: tuple[float, float]
    sky_template: str
    smearing_pc: float
    r_sun_kpc: float


ERAS: dict[Era, EraFacts] = {
    2008: EraFacts(
        last_year=2008,
        baryon_density=(0.02273, 0.00062),  # WMAP5, abstract of 0803.0586 [V-abs]
        sky_template="knoedlseder",
        smearing_pc=0.0,
        r_sun_kpc=8.5,  # IAU
    ),
    "modern": EraFacts(
        last_year=inf,
        # Planck 2018 TT,TE,EE+lowE+lensing with N_eff free [M]: 1.3 times the error of LCDM, because N_eff is not the
        # standard one here
        baryon_density=(0.0224, 0.0002),
        sky_template="skinner",
        smearing_pc=150.0,  # Siegert et al. 2022, 2109.03691 [V-abs]
        r_sun_kpc=8.178,  # GRAVITY 2019, 1904.05721 [M]
    ),
}


def existed(year: int, era: Era) -> bool:
    """Whether a result of a year is known in an era."""
    return year <= ERAS[era].last_year
