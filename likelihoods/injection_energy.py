"""Injection energy of the positrons of the 511 keV line, from the photons that they radiate before they are at rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from likelihoods import _statistics
from likelihoods.data.continuum_spectra import continuum
from likelihoods.data.eras import existed
from likelihoods.data.measurements import Measurement
from model.physics.constants import ELECTRON_MASS
from model.physics.positrons import in_flight_annihilation, line_511kev
from model.physics.positrons.in_flight_annihilation import Processes
from model.physics.positrons.line_511kev import photons_per_positron
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


@dataclass(frozen=True)
class Likelihood:
    r"""Annihilation in flight and internal bremsstrahlung against the gamma-ray continuum.

    ``era: 2008`` is a sum of two terms, each 0 for a perfect fit. The continuum is tied to the line: per positron at
    rest, :math:`\Phi_{511}/N_{511}`, the photons of ``model.physics.positrons.in_flight_annihilation``.

    - ``comptel``: split-normal in the points of the inner Galaxy, with the bulge of 8 deg FWHM on top of a power law
      whose norm and slope are profiled. In such a large region the bulge is faint: alone this term gives 10 MeV
      (neutral gas) and 25 MeV (ionised) at 95 %. The spectrum of SPI was published in 2011 and does not enter; it would
      move ln L by less than 0.12.
    - ``concentration``: the published bounds follow from the fact that the bulge does not stand out. The flux from 1 to
      30 MeV within 5 deg, over the diffuse flux there, is half-normal at zero with 95 % at 0.40. This calibrated number
      reproduces 3 MeV (neutral gas, Beacom & Yueksel 2006), 7.5 MeV (ionised, Sizun et al. 2006) and 20 MeV (internal
      bremsstrahlung alone, Beacom, Bell & Bertone 2005) within 12 %; the sum of all terms gives 3.5, 7.1 and 16 MeV.

    The two results of 2025 contradict each other and their data are not public; they are emulated in
    :math:`M = E_k + m_e`, the dark-matter mass if it annihilates: ``modern_upper`` is flat to 50 MeV and
    half-normal in ln M above (Das et al. 2025), ``modern_detection`` is normal in ln M around 2.5 MeV (Knoedlseder et
    al. 2025). Sources and tags: ``likelihoods/data/continuum_spectra.yaml``.

    Attributes
    ----------
    era : {2008, "modern_upper", "modern_detection"}
        Which data.
    processes : {"in_flight_and_internal", "in_flight", "internal"}
        Processes that radiate; used by era 2008 only.
    positrons : {"observed", "predicted"}
        Line flux to which the continuum is tied, measured or predicted by the model; used by era 2008 only.

    Raises
    ------
    ValueError
        If ``processes`` or ``positrons`` is given in another era.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = (*line_511kev.PARAMETERS, *in_flight_annihilation.PARAMETERS)
    requires: ClassVar[Requirements] = NOTHING
    era: Literal[2008, "modern_upper", "modern_detection"] = 2008
    processes: Processes = "in_flight_and_internal"
    positrons: Literal["observed", "predicted"] = "observed"

    def __post_init__(self) -> None:
        if self.era != 2008 and self.processes != "in_flight_and_internal":
            raise ValueError(f"processes: {self.processes!r}; read in era 2008 only, leave it out")
        if self.era != 2008 and self.positrons != "observed":
            raise ValueError(f"positrons: {self.positrons!r}; read in era 2008 only, leave it out")

    @property
    def needs(self) -> tuple[str, ...]:
        """The energy; where the gas and the line's photons enter, the nuisances and maybe the predicted flux."""
        if self.era != 2008:
            return ("injection_energy",)
        return ("injection_energy", "values", *(("flux_511kev",) if self.positrons == "predicted" else ()))

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use, if it is one of a prediction and not a limit."""
        if self.era != "modern_detection":
            return ()
        detection = continuum().modern_detection
        energy = detection.mass_mev - ELECTRON_MASS
        return (
            Measurement(
                observable="injection_energy",
                year=continuum().years["modern_detection"],
                value=energy,
                sigma=detection.log_width * detection.mass_mev,
                unit="MeV",
                source=continuum().sources["modern_detection"],
                tag="V-abs",
                note="normal in the logarithm of kinetic energy plus electron mass; the error here is for display",
            ),
        )

    @property
    def spectra_in_use(self) -> tuple[str, ...]:
        """Names of the measured spectra that enter: those that existed in 2008, none with emulated results."""
        if self.era != 2008:
            return ()
        return tuple(name for name in continuum().spectra if existed(continuum().years[name], 2008))

    def experiments(self, prediction: Prediction) -> dict[str, Array]:
        """Log-likelihood of each term, each (n,)."""
        if self.era != 2008:
            return self._emulated(prediction.injection_energy)
        line = continuum().line_flux if self.positrons == "observed" else prediction.flux_511kev
        return self._radiated(prediction.injection_energy, prediction.values, line)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        return _statistics.total(self.experiments(prediction))

    def of_energy(self, energy: Array, values: Mapping[str, Array]) -> Array:
        """Log-likelihood of kinetic energies [MeV] (n,), given the nuisances (n,) and the observed flux of the line."""
        if self.era != 2008:
            return _statistics.total(self._emulated(energy))
        return _statistics.total(self._radiated(energy, values, continuum().line_flux))

    def _emulated(self, energy: Array) -> dict[str, Array]:
        """The published results whose data are not public."""
        measured, total_energy = continuum(), energy + ELECTRON_MASS
        if self.era == "modern_upper":
            distance = np.log(total_energy / measured.modern_upper.mass_mev) / measured.modern_upper.log_width
            return {"spi": -0.5 * np.maximum(distance, 0.0) ** 2}
        distance = np.log(total_energy / measured.modern_detection.mass_mev) / measured.modern_detection.log_width
        return {"comptel": -0.5 * distance**2}

    def _radiated(self, energy: Array, values: Mapping[str, Array], line: Array | float) -> dict[str, Array]:
        """The continuum of era 2008, tied to the flux of the line [ph cm^-2 s^-1]."""
        measured = continuum()
        at_rest = line / photons_per_positron(values["f_ps"])
        table = in_flight_annihilation.continuum_table(measured.bins, self.processes)
        photons = table.evaluate(energy, values["x_ion"])
        flux = np.asarray(at_rest)[:, None] * photons
        terms, first = {}, 0
        for name, spectrum in measured.spectra.items():
            last = first + len(spectrum.low)
            if name in self.spectra_in_use:
                signal = spectrum.intensity(flux[:, first:last], measured.bulge_fwhm_deg)
                terms[name] = spectrum.log_likelihood(signal, measured.power_law)
            first = last
        excess = flux[:, -1] * measured.fraction_in_cone / measured.concentration.diffuse_flux
        terms["concentration"] = _statistics.upper_limit(excess, measured.concentration.largest_excess, 0.95)
        return terms
