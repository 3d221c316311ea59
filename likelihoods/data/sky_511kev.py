"""Empirical models of the 511 keV sky in annuli: components, their sum, and its covariance.

The models are published fits of Gaussians to the data of a coded-mask or Compton telescope. They describe the sky
before the telescope. The image behind the telescope is elementary, because a Gaussian convolved with a Gaussian
point-spread function is a Gaussian. A flat sky is assumed, which is good to 1 % inside 15 degrees.
"""

import itertools
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from likelihoods.data.measurements import DATA
from model._deferred import deferred
from model.physics.galaxy.annuli import EDGES_DEG, FWHM_PER_SIGMA
from model.physics.quantities import Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")


@dataclass(frozen=True)
class Component:
    """A Gaussian of the 511 keV sky: flux [ph cm^-2 s^-1], widths and centre [deg], provenance.

    ``relative_error`` is the error of the flux and ``fwhm_error_deg`` that of the extent, which is 0 where none is
    used.
    """

    flux: float
    sigma_l_deg: float
    sigma_b_deg: float
    l_deg: float
    b_deg: float
    relative_error: float
    source: str
    tag: str
    note: str
    fwhm_error_deg: float = 0.0


@dataclass(frozen=True)
class Telescope:
    """Width of the point-spread function [deg], and the flux error of a point source [ph cm^-2 s^-1] of a forecast."""

    psf_fwhm_deg: float
    source: str
    tag: str
    note: str
    point_source_error: float = 0.0


@dataclass(frozen=True)
class Template:
    """A published model of the sky: bulge components, a disk, and the errors that the components do not carry.

    ``background_error`` is the flux error of the bulge where noise of the background is spread over annuli, and
    ``shape_error`` the template whose difference measures how well the shape is known.
    """

    year: int
    components: dict[str, Component]
    disk: Component
    common_error: float
    annulus_error: float
    background_error: float = 0.0
    shape_error: str = ""


@cache
def templates() -> dict[str, Template]:
    """Published models of the sky by name.

    Raises
    ------
    TypeError
        If an entry lacks a field or has an unknown one.
    """
    return {
        name: Template(
            **{
                **entry,
                "components": {key: Component(**component) for key, component in entry["components"].items()},
                "disk": Component(**entry["disk"]),
            }
        )
        for name, entry in _read()["templates"].items()
    }


@cache
def telescopes() -> dict[str, Telescope]:
    """Telescopes by name."""
    return {name: Telescope(**entry) for name, entry in _read()["telescopes"].items()}


def brightness(component: Component, psf_fwhm_deg: float, psi_deg: Array) -> Array:
    r"""Surface brightness of a component after the telescope, averaged over azimuth around the Galactic centre.

    With variances :math:`v = \sigma^2 + \sigma_{\rm PSF}^2`, a round component at a distance d from the centre has

    .. math::
        I(\psi) = \frac{\Phi}{2\pi v}\, e^{-(\psi^2 + d^2)/2v}\, I_0(\psi d/v)

    and an elongated one on the centre

    .. math::
        I(\psi) = \frac{\Phi}{2\pi\sqrt{v_l v_b}}\, e^{-\psi^2(1/v_l + 1/v_b)/4}\, I_0[\psi^2(1/v_b - 1/v_l)/4] .

    Parameters
    ----------
    component : Component
        Round, or elongated and centred.
    psf_fwhm_deg : float
        Full width at half maximum [deg]; 0 for the sky itself.
    psi_deg : (m,) array
        Angle from the centre [deg].

    Returns
    -------
    (m,) array
        Surface brightness [ph cm^-2 s^-1 deg^-2].

    Raises
    ------
    ValueError
        If an elongated component is not centred, or a point is to be seen without a telescope.
    """
    blur = (psf_fwhm_deg / FWHM_PER_SIGMA) ** 2
    long, short = component.sigma_l_deg**2 + blur, component.sigma_b_deg**2 + blur
    offset = np.hypot(component.l_deg, component.b_deg)
    if short == 0.0 or (long != short and offset > 0.0):
        raise ValueError("a component must be round or centred, and wider than a point")
    peak = component.flux / (2.0 * np.pi * np.sqrt(long * short))
    if long == short:
        around = special.ive(0, psi_deg * offset / long)
        return np.asarray(peak * np.exp(-0.5 * (psi_deg - offset) ** 2 / long) * around)
    twist = 0.25 * psi_deg**2 * (1.0 / short - 1.0 / long)
    return np.asarray(peak * np.exp(-0.5 * psi_deg**2 / long) * special.ive(0, twist))


def annulus_fluxes(component: Component, psf_fwhm_deg: float) -> Array:
    """Flux of a component in each annulus after the telescope [ph cm^-2 s^-1], shape (4,).

    Raises
    ------
    ValueError
        If an elongated component is not centred.
    """
    if psf_fwhm_deg == component.sigma_l_deg == component.sigma_b_deg == 0.0:  # a point: in the annulus where it is
        inside = np.array(EDGES_DEG) > np.hypot(component.l_deg, component.b_deg)
        return np.asarray(component.flux * np.diff(inside.astype(float)))
    nodes, weights = np.polynomial.legendre.leggauss(64)
    fluxes = []
    for low, high in itertools.pairwise(EDGES_DEG):
        psi = 0.5 * (low + high + (high - low) * nodes)
        fluxes.append(np.pi * (high - low) * weights @ (psi * brightness(component, psf_fwhm_deg, psi)))
    return np.array(fluxes)


def bulge(template: Template, psf_fwhm_deg: float) -> Array:
    """Flux of the bulge, the sum of its components, in each annulus [ph cm^-2 s^-1], shape (4,)."""
    return np.asarray(np.sum([annulus_fluxes(part, psf_fwhm_deg) for part in template.components.values()], axis=0))


def covariance(template: Template, psf_fwhm_deg: float) -> Array:
    r"""Covariance of the bulge's flux in the annuli, without the disk.

    .. math::
        C_{ij} = \sum_c s_c^2 A_{c,i} A_{c,j} + s_{\rm common}^2 A_i A_j + (s_{\rm annulus} A_i)^2 \delta_{ij}

    docs/physics/galaxy.md 5. For a template of few data (``knoedlseder``) three terms replace the last two: the noise
    of the background, :math:`\sigma_\Phi^2\,\Omega_i/\Omega_{\rm bulge}\,\delta_{ij}` with
    :math:`\Omega_{\rm bulge} = 4\pi(\sigma^2 + \sigma_{\rm PSF}^2)`, the solid angle over which a matched filter
    collects it; the error of the extent; and the difference to another template,
    :math:`(A - A')_i (A - A')_j`.

    Parameters
    ----------
    template : Template
        Model of the sky.
    psf_fwhm_deg : float
        Full width at half maximum [deg].

    Returns
    -------
    (4, 4) array
        Covariance [ph^2 cm^-4 s^-2].
    """
    total = bulge(template, psf_fwhm_deg)
    result = template.common_error**2 * np.outer(total, total) + np.diag((template.annulus_error * total) ** 2)
    for part in template.components.values():
        fluxes = annulus_fluxes(part, psf_fwhm_deg)
        result += part.relative_error**2 * np.outer(fluxes, fluxes)
        if template.background_error > 0.0:
            area = filter_area(part, psf_fwhm_deg)
            result += template.background_error**2 * np.diag(annulus_areas() / area)
        if part.fwhm_error_deg > 0.0:
            change = _change_with_extent(part, psf_fwhm_deg)
            result += np.outer(change, change)
    if template.shape_error:
        difference = bulge(templates()[template.shape_error], psf_fwhm_deg) - total
        result += np.outer(difference, difference)
    return result


def forecast_covariance(telescope: Telescope, psf_fwhm_deg: float, disk: Component) -> tuple[Array, float]:
    r"""Expected errors of a telescope that its background limits, scaled from its sensitivity to a point source.

    A matched filter collects the background of :math:`\Omega = 4\pi\sigma_l\sigma_b`, widths after the point-spread
    function: for a point source the beam, :math:`\Omega_{\rm beam} = 4\pi\sigma_{\rm PSF}^2`. The flux error of an
    annulus is then :math:`\sigma_{\rm point}\sqrt{\Omega_i/\Omega_{\rm beam}}`; that of the disk follows from its own
    filter. Systematic errors and the background that the sky itself adds are left out.

    Parameters
    ----------
    telescope : Telescope
        With its ``point_source_error``.
    psf_fwhm_deg : float
        Full width at half maximum [deg] with which fluxes are counted.
    disk : Component
        The disk.

    Returns
    -------
    tuple
        Covariance in the annuli (4, 4) [ph^2 cm^-4 s^-2], and relative error of the disk [1].
    """
    beam = 4.0 * np.pi * (telescope.psf_fwhm_deg / FWHM_PER_SIGMA) ** 2
    noise = np.diag(telescope.point_source_error**2 * annulus_areas() / beam)
    disk_error = telescope.point_source_error * np.sqrt(filter_area(disk, psf_fwhm_deg) / beam)
    return noise, float(disk_error / disk.flux)


def annulus_areas() -> Array:
    """Solid angle of each annulus [deg^2], shape (4,)."""
    return np.asarray(np.rad2deg(1.0) ** 2 * 2.0 * np.pi * np.diff(-np.cos(np.deg2rad(EDGES_DEG))))


def filter_area(component: Component, psf_fwhm_deg: float) -> float:
    """Solid angle 4 pi sigma_l sigma_b [deg^2] over which a matched filter for the component collects background."""
    blur = (psf_fwhm_deg / FWHM_PER_SIGMA) ** 2
    return float(4.0 * np.pi * np.sqrt((component.sigma_l_deg**2 + blur) * (component.sigma_b_deg**2 + blur)))


def _change_with_extent(component: Component, psf_fwhm_deg: float) -> Array:
    """Half the difference of the fluxes one error of the extent up and down, (4,)."""
    fwhm = component.sigma_l_deg * FWHM_PER_SIGMA
    wide, narrow = (
        annulus_fluxes(_resized(component, (fwhm + sign * component.fwhm_error_deg) / fwhm), psf_fwhm_deg)
        for sign in (1.0, -1.0)
    )
    return np.asarray(0.5 * (wide - narrow))


def _resized(component: Component, factor: float) -> Component:
    sizes = {"sigma_l_deg": factor * component.sigma_l_deg, "sigma_b_deg": factor * component.sigma_b_deg}
    return Component(**{**vars(component), **sizes})


@cache
def _read() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DATA / "sky_511kev.yaml").read_text(encoding="utf-8"))
    return content
