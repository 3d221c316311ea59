"""Positrons from stars: the yield of an event or a source, the number that the bulge needs, and the number available.

docs/physics/galaxy.md 8, with its verification tags: [V] page, [V-abs] abstract, [C] computed, [M] from memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.physics import domain
from model.physics.galaxy.halo import Halo
from model.physics.positrons.stellar_bulge import REFERENCE_R_SUN_KPC, stellar_map
from model.physics.quantities import FRACTION, MASS, RATE_PER_CENTURY, Array, Parameter, Range, Reasons, selected
from model.physics.surroundings import Surroundings

YEAR_S = 3.15576e7  # Julian year
CENTURY_S = 100.0 * YEAR_S

BULGE_RATE = 1.25e43  # positrons per second needed in the bulge, range 1.2e43 to 1.5e43; astro-ph/0609566 [V]

# 0.6 Msun of 56Ni, each nucleus through 56Co with 19 % beta+ [C]
SN_IA_POSITRONS = 0.6 * 1.98841e33 / (56.0 * 1.66053907e-24) * 0.19
SN_IA_ESCAPE = 0.033  # fraction that leaves the ejecta; astro-ph/0609566 [V-abs]
HYPERNOVA_POSITRONS = BULGE_RATE * 5.0e3 * YEAR_S  # if 0.02 per century suffice; Casse 2004, astro-ph/0309824 [C]
# If one burst of 1e51 erg in 8e4 yr suffices; Parizot et al. 2005, astro-ph/0411656 [V-abs]. Hooper & Zurek print the
# rate as proportional to the energy. Energetic bursts make more positrons, so that fewer of them are needed.
GRB_POSITRONS_1E51_ERG = 1.3e43 * 8.0e4 * YEAR_S
MICROQUASAR_RATE = 1.0e41  # per jet and second; Guessoum et al. 2006, astro-ph/0607296 [M]
HARD_LMXB_RATE = 3.0e41  # per source and second at most, "a few 1e41"; Weidenspointner et al. 2008 [V-abs]
RADIOACTIVE_DISK_RATE = 2.6e42 + 3.0e42  # 26Al and 44Ti; Diehl et al. 2006, Alexis et al. 2014 [V]
RADIOACTIVE_BULGE_FRACTION = 0.02  # they follow massive stars [V]


_INTERVAL = Range(1.0, 1.0e60, reason="from one a year to none at all")
PARAMETERS: tuple[Parameter, ...] = (
    Parameter("sn_ia_per_century", "1/century", r"R_{\rm Ia}", RATE_PER_CENTURY, "type Ia supernovae in the bulge"),
    Parameter(
        "sn_ia_escape", "1", r"f_{\rm esc}", FRACTION, "fraction of the positrons of type Ia supernovae that escapes"
    ),
    Parameter(
        "xray_binary_share",
        "1",
        r"f_{\rm XRB}",
        FRACTION,
        "fraction of the needed 1.25e43 e+/s that X-ray binaries and microquasars produce",
    ),
    Parameter("hypernovae_per_century", "1/century", r"R_{\rm HN}", RATE_PER_CENTURY, "hypernovae in the bulge"),
    Parameter(
        "grb_interval_yr",
        "yr",
        r"t_{\rm GRB}",
        _INTERVAL,
        "mean time between gamma-ray bursts of 1e51 erg",
    ),
    Parameter(
        "positron_energy_mev", "MeV", r"E_{e^+}", MASS, "mean kinetic energy of the positrons, 0.63 MeV for 56Co"
    ),
)


CIRCULAR = "the yield is the needed positrons over the rate that its source calls sufficient: no prediction of its own"


class Supply(NamedTuple):
    """A kind of source: the yield of each event or object, the number needed in the bulge, and the number available.

    ``needed`` and ``available`` are in ``unit``; ``available`` is NaN where it has not been measured. ``fraction`` is
    the part of the positrons of the bulge that the available sources make. ``note`` says what the numbers do not show.
    """

    name: str
    unit: str
    positrons: float
    needed: float
    available: float
    source: str
    tag: str
    note: str = ""

    @property
    def fraction(self) -> float:
        """Available over needed [1]; a mean time between events counts inversely."""
        return self.needed / self.available if self.unit.startswith("yr") else self.available / self.needed


def supplies() -> tuple[Supply, ...]:
    """The other explanations of the bulge that the paper names (docs/physics/galaxy.md 8)."""
    escaping = SN_IA_POSITRONS * SN_IA_ESCAPE
    return (
        Supply(
            "type Ia supernovae",
            "1/century",
            escaping,
            BULGE_RATE * CENTURY_S / escaping,
            0.03,
            "Schanne et al. 2006, astro-ph/0609566; escape of 3.3 %",
            "V-abs",
        ),
        Supply(
            "hypernovae",
            "1/century",
            HYPERNOVA_POSITRONS,
            BULGE_RATE * CENTURY_S / HYPERNOVA_POSITRONS,
            np.nan,
            "Casse et al. 2004, astro-ph/0309824",
            "V",
            CIRCULAR,
        ),
        Supply(
            "gamma-ray bursts of 1e51 erg",
            "yr between bursts",
            GRB_POSITRONS_1E51_ERG,
            GRB_POSITRONS_1E51_ERG / BULGE_RATE / YEAR_S,
            np.nan,
            "Parizot et al. 2005, astro-ph/0411656; the printed scaling of Hooper and Zurek is inverted",
            "V-abs",
            CIRCULAR,
        ),
        Supply(
            "microquasar jets",
            "sources",
            MICROQUASAR_RATE,
            BULGE_RATE / MICROQUASAR_RATE,
            100.0,
            "Guessoum et al. 2006, astro-ph/0607296",
            "M",
        ),
        Supply(
            "hard low-mass X-ray binaries",
            "sources",
            HARD_LMXB_RATE,
            BULGE_RATE / HARD_LMXB_RATE,
            np.nan,
            "Weidenspointner et al. 2008, Nature 451, 159: they could make half of the bulge or all of it",
            "V-abs",
        ),
        Supply(
            "26Al and 44Ti",
            "positrons/s",
            1.0,
            BULGE_RATE,
            RADIOACTIVE_DISK_RATE * RADIOACTIVE_BULGE_FRACTION,
            "Diehl et al. 2006, Alexis et al. 2014; 5.6e42 positrons/s in the disk, 2 % of them in the bulge",
            "V",
        ),
    )


@dataclass(frozen=True)
class StellarSources:
    """Positrons made per second by the stars of the bulge, (n,), and the flux that follows.

    Parameters
    ----------
    rate : (n,) array
        [1/s].
    """

    rate: Array

    def select(self, keep: NDArray[np.bool_]) -> "StellarSources":
        """The same at the points where ``keep`` (n,) is true."""
        return selected(self, keep)

    def in_aperture(self, surroundings: Surroundings, halo: Halo) -> Array:
        """Positrons made in the aperture, as a flux [cm^-2 s^-1], (n,)."""
        result: Array = self._at_reference(halo) * stellar_map(surroundings.galaxy.aperture_deg, 0.0).aperture
        return result

    def in_annuli(self, surroundings: Surroundings, halo: Halo) -> Array:
        """Positrons made in each annulus, as a flux [cm^-2 s^-1], (n, 4).

        Raises
        ------
        ValueError
            If the surroundings hold no table of annuli.
        """
        if surroundings.annuli is None:
            raise ValueError("the sky in annuli needs a table of annuli, which no likelihood of this run requires")
        bulge = stellar_map(surroundings.galaxy.aperture_deg, surroundings.annuli.psf_fwhm_deg)
        result: Array = self._at_reference(halo)[:, None] * bulge.annuli
        return result

    def _at_reference(self, halo: Halo) -> Array:
        """Rate that gives the same flux from the reference distance [1/s], (n,)."""
        return self.rate * (REFERENCE_R_SUN_KPC / halo.r_sun_kpc) ** 2


def bulge(values: Mapping[str, Array]) -> StellarSources:
    """Positrons of the bulge's stars at n points.

    Parameters
    ----------
    values : mapping of str to (n,) array
        ``PARAMETERS``, and anything else.
    """
    supernovae = values["sn_ia_per_century"] / CENTURY_S * SN_IA_POSITRONS * values["sn_ia_escape"]
    hypernovae = values["hypernovae_per_century"] / CENTURY_S * HYPERNOVA_POSITRONS
    with np.errstate(divide="ignore"):  # invalid points
        bursts = GRB_POSITRONS_1E51_ERG / (values["grb_interval_yr"] * YEAR_S)
    radioactive = RADIOACTIVE_DISK_RATE * RADIOACTIVE_BULGE_FRACTION
    return StellarSources(supernovae + hypernovae + bursts + values["xray_binary_share"] * BULGE_RATE + radioactive)


def possible(values: Mapping[str, Array]) -> tuple[dict[str, Array], Reasons]:
    """Values with NaN in place of impossible ones, and reason codes of ``domain.REASONS``, (n,)."""
    energy_first = domain.inside(PARAMETERS[-1:], values)
    tame, reason = domain.possible(PARAMETERS, values, domain.STARS_OUTSIDE)
    return tame, domain.first_of(energy_first, reason)
