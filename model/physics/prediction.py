"""What a model says at n parameter points, and the observables that follow, each computed once if asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from model.physics import annihilation, decay, freeze_out, kinetic_mixing, line_511kev, magnetic_moment
from model.physics.constants import MUON_MASS
from model.physics.domain import VALID
from model.physics.j_factor import JFactors
from model.physics.quantities import (
    Array,
    Couplings,
    DarkMatter,
    LowVelocityCrossSection,
    Reasons,
    RelicAbundance,
    Spectrum,
    Widths,
)
from model.physics.surroundings import Surroundings


@dataclass(frozen=True)
class Prediction:
    """A model's answer at n points.

    ``values`` holds every input, each (n,); ``reason`` (n,) is 0 where the point is valid and otherwise an index into
    ``model.physics.domain.REASONS``. Observables may be read only if every point is valid: ``select(valid)`` first.
    """

    values: Mapping[str, Array]
    reason: Reasons
    dark_matter: DarkMatter
    spectrum: Spectrum
    couplings: Couplings
    surroundings: Surroundings

    @property
    def valid(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether each point is valid, shape (n,)."""
        result: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = self.reason == VALID
        return result

    def select(self, keep: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> "Prediction":
        """The same prediction at the points where ``keep`` (n,) is true."""
        return replace(
            self,
            values={name: value[keep] for name, value in self.values.items()},
            reason=self.reason[keep],
            spectrum=Spectrum(*(getattr(self.spectrum, f.name)[keep] for f in fields(Spectrum))),
            couplings=Couplings(*(getattr(self.couplings, f.name)[keep] for f in fields(Couplings))),
        )

    @cached_property
    def widths(self) -> Widths:
        """Partial widths of U [MeV]."""
        return decay.partial_widths(self.spectrum, self.couplings, self.dark_matter)

    @cached_property
    def cross_section(self) -> LowVelocityCrossSection:
        """Annihilation into e+e- at low velocity [MeV^-2]."""
        return annihilation.low_velocity(self.spectrum, self.couplings, self.widths, self.dark_matter)

    @cached_property
    def relic_abundance(self) -> RelicAbundance:
        """Thermal freeze-out in the standard bath."""
        return freeze_out.relic_abundance(
            self.spectrum, self.couplings, self.widths, self.dark_matter, self.surroundings.thermal_history
        )

    @property
    def omega_h2(self) -> Array:
        """Relic abundance Omega h^2 [1]."""
        return self.relic_abundance.omega_h2

    @cached_property
    def j_factors(self) -> JFactors:
        """J-factors of the aperture at the halo nuisances of each point."""
        halo = (self.values[name] for name in ("gamma", "r_s_kpc", "rho_sun_gev_cm3", "r_sun_kpc"))
        return self.surroundings.j_factors.evaluate(*halo)

    @cached_property
    def flux_511kev(self) -> Array:
        """Line flux in the aperture [ph cm^-2 s^-1]."""
        return line_511kev.flux(
            self.cross_section, self.spectrum.m_dm, self.dark_matter, self.j_factors, self.values["f_ps"]
        )

    @cached_property
    def positron_rate(self) -> Array:
        """Annihilation rate of positrons that the flux stands for [e+/s]."""
        return line_511kev.positron_rate(self.flux_511kev, self.values["r_sun_kpc"], self.values["f_ps"])

    @cached_property
    def sigma_v_bulge(self) -> Array:
        """Line-weighted <sigma v> into e+e- in the aperture [cm^3/s]."""
        return line_511kev.sigma_v_bulge(self.cross_section, self.j_factors)

    @cached_property
    def delta_a_e(self) -> Array:
        """Shift of the electron's anomalous magnetic moment [1]."""
        return magnetic_moment.moment_shift(self.spectrum.m_u, self.couplings)

    @cached_property
    def delta_a_mu(self) -> Array:
        """Shift of the muon's anomalous magnetic moment [1]; muons have the electron's couplings."""
        return magnetic_moment.moment_shift(self.spectrum.m_u, self.couplings, MUON_MASS)

    @cached_property
    def mixing_with_hypercharge(self) -> Array:
        """Kinetic mixing chi that the electroweak observables see, epsilon / cos(theta_W) [1]."""
        return kinetic_mixing.chi_of_epsilon(self.couplings.epsilon)

    @cached_property
    def m_w_gev(self) -> Array:
        """Mass of the W [GeV]."""
        return kinetic_mixing.w_mass_gev(self.mixing_with_hypercharge)

    @cached_property
    def self_interaction(self) -> Array:
        """Elastic self-scattering cross-section over mass at threshold [cm^2/g]."""
        return annihilation.self_interaction(self.spectrum, self.couplings, self.dark_matter)
