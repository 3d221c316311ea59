"""Read the gamma-ray continuum of the inner Galaxy, and fit a power-law background under a signal."""

from dataclasses import dataclass
from functools import cache
from math import erf, exp, log, radians, sin, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import yaml

from likelihoods.data.measurements import DATA
from model._deferred import deferred
from model.physics.quantities import Array

if TYPE_CHECKING:
    from likelihoods._kernels import power_law_background as kernel
else:
    kernel = deferred("likelihoods._kernels.power_law_background")

_PIVOT_MEV = 3.0  # where norm and slope of the background are least correlated
_FIT_STEPS, _FIT_TOLERANCE = 30, 1e-7


class PowerLaw(NamedTuple):
    """Prior of the background's photon slope Gamma; its norm is free and positive."""

    slope: float
    slope_sigma: float


class Concentration(NamedTuple):
    """Largest excess of the bulge at 95 %: flux in a cone between two energies over the diffuse flux there."""

    energies: tuple[float, float]
    radius_deg: float
    intensity: float
    largest_excess: float

    @property
    def diffuse_flux(self) -> float:
        """Diffuse flux in the cone between the energies [ph cm^-2 s^-1]."""
        low, high = self.energies
        solid_angle = 4.0 * np.pi * sin(0.5 * radians(self.radius_deg)) ** 2
        return self.intensity * solid_angle * (1.0 / low - 1.0 / high)


class Emulator(NamedTuple):
    """A published statement about the total energy of the positrons [MeV], in its logarithm."""

    mass_mev: float
    log_width: float


class AnnihilationLimit(NamedTuple):
    """Published limits on annihilation at two masses [MeV], [cm^3/s], and the factor to which they are robust."""

    mass_mev: tuple[float, float]
    sigma_v_cm3_s: tuple[float, float]
    factor: float


@dataclass(frozen=True)
class PhotonSpectrum:
    """A measured spectrum E^2 dPhi/dE/dOmega of a region.

    Attributes
    ----------
    low, high : (k,) array
        Edges of the bins [MeV].
    value, error_up, error_down : (k,) array
        [MeV cm^-2 s^-1 sr^-1].
    longitude_deg, latitude_deg : float
        The region is |l| and |b| below these.
    solid_angle_sr : float
        Of the region.
    """

    low: Array
    high: Array
    value: Array
    error_up: Array
    error_down: Array
    longitude_deg: float
    latitude_deg: float
    solid_angle_sr: float

    @property
    def bins(self) -> tuple[tuple[float, float], ...]:
        """Edges of each bin [MeV]."""
        return tuple(zip(self.low.tolist(), self.high.tolist(), strict=True))

    def intensity(self, flux: Array, bulge_fwhm_deg: float) -> Array:
        """Mean E^2 dPhi/dE/dOmega of a bulge whose flux in each bin is (n, k) [ph cm^-2 s^-1].

        E^2 is that of the geometric mean of the edges, exact for a spectrum E^-2.
        """
        sigma = bulge_fwhm_deg / sqrt(8.0 * log(2.0))
        inside = erf(self.longitude_deg / sigma / sqrt(2.0)) * erf(self.latitude_deg / sigma / sqrt(2.0))
        result: Array = flux * (inside / self.solid_angle_sr * self.low * self.high / (self.high - self.low))
        return result

    def log_likelihood(self, signal: Array, background: PowerLaw) -> Array:
        r"""Split-normal log-likelihood with the background profiled, 0 for a perfect fit.

        .. math::
            -2\ln L = \min_{K \ge 0,\,\Gamma}
                \sum_i \left(\frac{s_i + K (E_i/E_0)^{2-\Gamma} - d_i}{\sigma_i^\pm}\right)^2
                + \left(\frac{\Gamma - \Gamma_0}{\sigma_\Gamma}\right)^2

        with the upper error bar where the model is above the point. For fixed Gamma and equal error bars the profile
        over K is the marginal likelihood of a flat prior up to a constant. Gauss-Newton, converged to 1e-6 in ln L.

        Parameters
        ----------
        signal : (n, k) array
            [MeV cm^-2 s^-1 sr^-1].
        background : PowerLaw
            Prior of the slope.

        Returns
        -------
        (n,) array
            Log-likelihood.
        """
        chi_square = kernel.profiled_chi_square(
            np.ascontiguousarray(signal),
            self.value,
            1.0 / self.error_up,
            1.0 / self.error_down,
            np.log(np.sqrt(self.low * self.high) / _PIVOT_MEV),
            background.slope,
            background.slope_sigma,
            float(np.median(self.value)),
            _FIT_STEPS,
            _FIT_TOLERANCE,
        )
        result: Array = -0.5 * chi_square
        return result


class Continuum(NamedTuple):
    """Everything in ``data/continuum_spectra.yaml``."""

    line_flux: float
    bulge_fwhm_deg: float
    spectra: dict[str, PhotonSpectrum]
    power_law: PowerLaw
    concentration: Concentration
    modern_upper: Emulator
    modern_detection: Emulator
    propagated_line: AnnihilationLimit
    sources: dict[str, str]
    years: dict[str, int]

    @property
    def bins(self) -> tuple[tuple[float, float], ...]:
        """Bins of all spectra in order, then that of the concentration [MeV]."""
        joined = [edges for spectrum in self.spectra.values() for edges in spectrum.bins]
        return (*joined, self.concentration.energies)

    @property
    def fraction_in_cone(self) -> float:
        """Fraction of the Gaussian bulge inside the cone of the concentration [1]."""
        sigma = self.bulge_fwhm_deg / sqrt(8.0 * log(2.0))
        return 1.0 - exp(-0.5 * (self.concentration.radius_deg / sigma) ** 2)


@cache
def continuum() -> Continuum:
    """The data of the file, read once.

    Raises
    ------
    TypeError
        If an entry lacks a field or has an unknown one.
    """
    entries = yaml.safe_load((DATA / "continuum_spectra.yaml").read_text(encoding="utf-8"))
    positrons = entries["positrons"]
    concentration = _numbers(entries["concentration"])
    return Continuum(
        line_flux=positrons["line_flux"],
        bulge_fwhm_deg=positrons["bulge_fwhm_deg"],
        spectra={name: _spectrum(_numbers(entry)) for name, entry in entries["spectra"].items()},
        power_law=PowerLaw(**_numbers(entries["power_law"])),
        concentration=Concentration(**{**concentration, "energies": tuple(concentration["energies"])}),
        modern_upper=Emulator(**_numbers(entries["modern_upper"])),
        modern_detection=Emulator(**_numbers(entries["modern_detection"])),
        propagated_line=AnnihilationLimit(**_numbers(entries["propagated_line"])),
        sources={
            name: f"{entry['source']} [{entry['tag']}]"
            for name, entry in {**entries["spectra"], **entries}.items()
            if "source" in entry
        },
        years={name: entry["year"] for name, entry in {**entries["spectra"], **entries}.items() if "year" in entry},
    )


def _numbers(entry: dict[str, Any]) -> dict[str, Any]:
    """The numbers of an entry, without its year, source, tag and note."""
    return {key: value for key, value in entry.items() if key not in ("year", "source", "tag", "note")}


def _spectrum(entry: dict[str, Any]) -> PhotonSpectrum:
    low, high, value, upper, lower = np.array(entry.pop("bins"), dtype=np.float64).T
    return PhotonSpectrum(low, high, value, upper - value, value - lower, **entry)
