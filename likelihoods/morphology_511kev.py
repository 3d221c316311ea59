"""Morphology of the 511 keV line: its flux in annuli around the Galactic centre."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from likelihoods import _statistics
from likelihoods.data import sky_511kev
from likelihoods.data.eras import ERAS, Era, existed
from likelihoods.data.measurements import Measurement
from likelihoods.data.sky_511kev import Template, telescopes, templates
from model.physics.galaxy.annuli import REGIONS, AnnulusSettings
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter, Range
from model.physics.surroundings import Requirements

_DISK = Range(-1.0e6, 1.0e6, reason="the disk was seen with an amplitude of order 1")
DISK_AMPLITUDE = Parameter(
    "disk_amplitude", "1", r"A_{\rm disk}", _DISK, "brightness of the 511 keV disk over that of the template"
)


@dataclass(frozen=True)
class Likelihood:
    r"""Flux in annuli of 0-3, 3-6, 6-10 and 10-15 degrees against a published model of the sky.

    The data are pseudo-data: published component models, each the result of a fit to all the data of SPI, integrated
    over the annuli (``likelihoods/data/sky_511kev.yaml``, docs/physics/galaxy.md 5). The sky is bulge plus disk and the
    model is dark matter plus :math:`A_{\rm disk}` times the same disk,

    .. math::
        \ln L = -\tfrac12\, r^T C^{-1} r, \qquad
        r = A_{\rm bulge} + A_{\rm disk\,template}\,(1 - A_{\rm disk}) - \Phi_{\rm DM} .

    C holds the errors of the components and of the shape (:func:`likelihoods.data.sky_511kev.covariance`). A_disk is
    normal about 1 with the relative error s of the disk: marginalised analytically it adds
    :math:`s^2 A_{{\rm disk},i} A_{{\rm disk},j}` to C, exactly. C does not depend on the model, so its determinant is
    left out and a perfect fit is 0; evidences of runs with the same options can be compared.

    The published models are deconvolved. They and the prediction are therefore convolved with the same point-spread
    function before they are compared. After it a point and a cusp narrower than the function look the same; a
    comparison of deconvolved skies would distinguish them. The sky beyond 15 degrees does not enter.

    The flux of the bulge is in these data: a run should not also have ``flux_511kev``.

    Attributes
    ----------
    era : {2008, "modern"}
        Knoedlseder 2005; narrow and broad bulge and central source of Skinner 2014 with errors of Siegert 2016.
    template : {"of_era", "skinner", "bouchet", "knoedlseder"}
        Model of the sky, if not the era's: the spread between them is the systematic error of imaging.
    disk : {"marginalised", "sampled"}
        ``sampled`` makes ``disk_amplitude`` a parameter; give it the prior normal(1, 0.21) (0.57 in 2008).
    smearing_pc : float or None
        Distance between birth and annihilation of positrons [pc], see ``model.physics.galaxy.annuli``. None is 0 in
        2008 and 150 in the modern era (Siegert et al. 2022).
    convolve : bool
        Compare after the point-spread function of the telescope; False compares deconvolved skies.
    forecast : {"none", "cosi_stellar", "cosi_given"}
        Replace the data by an Asimov data set, what COSI should see in two years on average: ``cosi_stellar`` if the
        bulge is the template's (which traces stars), ``cosi_given`` if its flux in the annuli is ``truth_ph_cm2_s``.
        Errors are statistical (:func:`likelihoods.data.sky_511kev.forecast_covariance`). No measurement enters.
    truth_ph_cm2_s : tuple of float
        Bulge flux in the four annuli [ph cm^-2 s^-1] after COSI's point-spread function, for ``cosi_given``: columns
        ``annulus_511_*`` of ``mevdm evaluate`` at the best fit of a run with ``forecast: cosi_stellar``.

    Raises
    ------
    ValueError
        If the template or forecast does not exist in the era, or ``truth_ph_cm2_s`` does not fit ``forecast``.
    """

    experiments = _statistics.undivided
    experiments = _statistics.undivided
    era: Era = 2008
    template: Literal["of_era", "skinner", "bouchet", "knoedlseder"] = "of_era"
    disk: Literal["marginalised", "sampled"] = "marginalised"
    smearing_pc: float | None = None
    convolve: bool = True
    forecast: Literal["none", "cosi_stellar", "cosi_given"] = "none"
    truth_ph_cm2_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        year = self._template.year
        if not existed(year, self.era):
            raise ValueError(f"template: {self.template} is of {year}; it exists in era modern only")
        if self.forecast != "none" and np.isfinite(ERAS[self.era].last_year):
            raise ValueError(f"forecast: {self.forecast}; allowed in era modern only")
        given = len(self.truth_ph_cm2_s)
        if given != (REGIONS if self.forecast == "cosi_given" else 0):
            raise ValueError(f"truth_ph_cm2_s: {given} numbers; allowed: {REGIONS} with forecast cosi_given, else none")
        if any(not 0.0 <= flux < np.inf for flux in self.truth_ph_cm2_s):
            raise ValueError(f"truth_ph_cm2_s: {self.truth_ph_cm2_s}; allowed: zero or more, finite")
        self.annulus_settings  # noqa: B018  (checks the smearing)

    @property
    def needs(self) -> tuple[str, ...]:
        """The annuli, and the disk's amplitude where it is sampled."""
        return ("annuli_511kev",) if self.disk == "marginalised" else ("annuli_511kev", "values")

    @property
    def requires(self) -> Requirements:
        """A table of the annuli as the telescope sees them."""
        return Requirements(annuli=self.annulus_settings)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """``disk_amplitude`` where it is sampled."""
        return (DISK_AMPLITUDE,) if self.disk == "sampled" else ()

    @property
    def contains(self) -> tuple[str, ...]:
        """Observables whose measurement is part of these data: the flux of the bulge, where it was measured."""
        return ("flux_511kev", "positron_rate") if self.forecast == "none" else ()

    @property
    def data(self) -> tuple[Measurement, ...]:
        """No single number: the annuli are correlated."""
        return ()

    @property
    def annulus_settings(self) -> AnnulusSettings:
        """How the telescope sees the sky."""
        telescope = telescopes()["spi" if self.forecast == "none" else "cosi"]
        smearing = ERAS[self.era].smearing_pc if self.smearing_pc is None else self.smearing_pc
        return AnnulusSettings(telescope.psf_fwhm_deg if self.convolve else 0.0, smearing)

    @cached_property
    def fluxes(self) -> Array:
        """The data: flux of the bulge in each annulus [ph cm^-2 s^-1], shape (4,)."""
        if self.forecast == "cosi_given":
            return np.array(self.truth_ph_cm2_s)
        return sky_511kev.bulge(self._template, self.annulus_settings.psf_fwhm_deg)

    @cached_property
    def disk_fluxes(self) -> Array:
        """Flux of the disk in each annulus [ph cm^-2 s^-1], shape (4,)."""
        return sky_511kev.annulus_fluxes(self._template.disk, self.annulus_settings.psf_fwhm_deg)

    @cached_property
    def covariance(self) -> Array:
        """Covariance of the data, with the disk's part where it is marginalised [ph^2 cm^-4 s^-2], shape (4, 4)."""
        psf, disk = self.annulus_settings.psf_fwhm_deg, self._template.disk
        if self.forecast == "none":
            result, disk_error = sky_511kev.covariance(self._template, psf), disk.relative_error
        else:
            result, disk_error = sky_511kev.forecast_covariance(telescopes()["cosi"], psf, disk)
        if self.disk == "marginalised":
            result = result + disk_error**2 * np.outer(self.disk_fluxes, self.disk_fluxes)
        return result

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,); -inf where the prediction is infinite."""
        expected = prediction.annuli_511kev
        if self.disk == "sampled":
            excess = prediction.values[DISK_AMPLITUDE.name] - 1.0
            expected = expected + excess[:, None] * self.disk_fluxes
        return self.of_annuli(expected)

    def of_annuli(self, expected: Array) -> Array:
        """Log-likelihood of fluxes in the annuli [ph cm^-2 s^-1], (n, 4), shape (n,); -inf where one is infinite."""
        infinite = np.any(np.isinf(expected), axis=1)  # NaN stays NaN, which raises an error
        residual = np.where(infinite[:, None], 0.0, expected) - self.fluxes
        with np.errstate(over="ignore"):
            result = -0.5 * np.sum(np.sum(residual[:, None, :] * self._whitening, axis=2) ** 2, axis=1)
        return np.where(infinite, -np.inf, result)

    @cached_property
    def _whitening(self) -> Array:
        """Inverse of the Cholesky factor of the covariance, (4, 4)."""
        return np.asarray(np.linalg.inv(np.linalg.cholesky(self.covariance)))

    @property
    def _template(self) -> Template:
        return templates()[ERAS[self.era].sky_template if self.template == "of_era" else self.template]
