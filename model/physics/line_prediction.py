"""The prediction of a hypothesis about positrons alone at n points: the line and the energy of its positrons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from model.physics.domain import VALID
from model.physics.galaxy import halo as galaxy
from model.physics.galaxy import speeds
from model.physics.galaxy.halo import Halo
from model.physics.positrons import in_flight_annihilation, line_511kev
from model.physics.quantities import Array, Reasons
from model.physics.surroundings import Surroundings


class PositronSource(Protocol):
    """Something that makes positrons in the Galaxy."""

    def select(self, keep: NDArray[np.bool_]) -> "PositronSource":
        """The same at the points where ``keep`` (n,) is true."""

    def in_aperture(self, surroundings: Surroundings, halo: Halo) -> Array:
        """Positrons made in the aperture, as a flux [cm^-2 s^-1], (n,)."""

    def in_annuli(self, surroundings: Surroundings, halo: Halo) -> Array:
        """Positrons made in each annulus, as a flux [cm^-2 s^-1], (n, 4)."""


@dataclass(frozen=True)
class LinePrediction:
    """The predictions of a hypothesis at n points, under the names of ``Prediction`` that likelihoods of the line read.

    Parameters
    ----------
    values : mapping of str to (n,) array
        Every input.
    reason : (n,) array
        0 where the point is valid, otherwise an index into ``model.physics.domain.reasons``.
    surroundings : Surroundings
        Tables of the Galaxy.
    sources : sequence of PositronSource
        Sources of positrons, whose fluxes add up.
    energies : sequence of (n,) arrays
        Kinetic energy of each source's positrons [MeV].
    """

    parts: ClassVar[tuple[str, ...]] = ("line",)  # of the physics that it predicts
    values: Mapping[str, Array]
    reason: Reasons
    surroundings: Surroundings
    sources: Sequence[PositronSource]
    energies: Sequence[Array]

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Whether each point is valid, shape (n,)."""
        result: NDArray[np.bool_] = self.reason == VALID
        return result

    @property
    def at_valid_points(self) -> "LinePrediction":
        """The same prediction at the valid points; kept, so that all who read it share what it has computed."""
        return self if self.valid.all() else self._valid_part

    @cached_property
    def _valid_part(self) -> "LinePrediction":
        return self.select(self.valid)

    def select(self, keep: NDArray[np.bool_]) -> "LinePrediction":
        """The same prediction at the points where ``keep`` (n,) is true."""
        return replace(
            self,
            values={name: value[keep] for name, value in self.values.items()},
            reason=self.reason[keep],
            sources=tuple(source.select(keep) for source in self.sources),
            energies=tuple(energy[keep] for energy in self.energies),
        )

    @cached_property
    def halo(self) -> Halo:
        """Halo nuisances of each point."""
        return Halo(*(self.values[parameter.name] for parameter in galaxy.PARAMETERS))

    @cached_property
    def circular_speed_km_s(self) -> Array:
        """Circular speed of the Galactic disk at the Sun [km/s]."""
        return speeds.circular_speed(self.surroundings.galaxy, self.halo)

    @cached_property
    def positrons_in_aperture(self) -> tuple[Array, ...]:
        """Flux of positrons of each source in the aperture [cm^-2 s^-1], each (n,)."""
        return tuple(source.in_aperture(self.surroundings, self.halo) for source in self.sources)

    @cached_property
    def _fractions_at_rest(self) -> tuple[Array, ...]:
        """Fraction of each source's positrons that makes the line [1], each (n,)."""
        if not self.surroundings.line.in_flight_losses:
            return tuple(np.ones_like(energy) for energy in self.energies)
        x_ion = self.values["x_ion"]
        return tuple(in_flight_annihilation.fraction_at_rest(energy, x_ion) for energy in self.energies)

    @cached_property
    def fraction_at_rest(self) -> Array:
        """Fraction of the positrons in the aperture that makes the line [1]; 1 without ``line.in_flight_losses``."""
        total: Array = np.sum(self.positrons_in_aperture, axis=0)
        return self._at_rest_in_aperture / total

    @cached_property
    def _at_rest_in_aperture(self) -> Array:
        """Flux of the positrons in the aperture that come to rest [cm^-2 s^-1]."""
        fluxes = zip(self.positrons_in_aperture, self._fractions_at_rest, strict=True)
        total: Array = np.sum([flux * fraction for flux, fraction in fluxes], axis=0)
        return total

    @cached_property
    def flux_511kev(self) -> Array:
        """Line flux in the aperture [ph cm^-2 s^-1]."""
        return line_511kev.photons_per_positron(self.values["f_ps"]) * self._at_rest_in_aperture

    @cached_property
    def annuli_511kev(self) -> Array:
        """Line flux in the annuli of ``model.physics.galaxy.annuli`` [ph cm^-2 s^-1], shape (n, 4).

        Raises
        ------
        ValueError
            If the surroundings hold no table of annuli.
        """
        sources = zip(self.sources, self._fractions_at_rest, strict=True)
        made = [source.in_annuli(self.surroundings, self.halo) * fraction[:, None] for source, fraction in sources]
        total: Array = np.sum(made, axis=0)
        return line_511kev.photons_per_positron(self.values["f_ps"])[:, None] * total

    @cached_property
    def positron_rate(self) -> Array:
        """Annihilation rate of positrons that corresponds to the flux [e+/s]."""
        return line_511kev.positron_rate(self.flux_511kev, self.values["r_sun_kpc"], self.values["f_ps"])

    @cached_property
    def injection_energy(self) -> Array:
        """Kinetic energy of the positrons [MeV]; for several sources the mean over their positrons in the aperture.

        The mean is a simplification. The number of photons in flight grows more slowly than linearly with the energy,
        so that a small fraction of energetic positrons is given up to twice its photons.
        """
        if len(self.energies) == 1:
            return self.energies[0]
        fluxes = self.positrons_in_aperture
        total: Array = np.sum(fluxes, axis=0)
        weighted: Array = np.sum([flux * energy for flux, energy in zip(fluxes, self.energies, strict=True)], axis=0)
        return weighted / total
