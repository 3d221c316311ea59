"""The spectrum and couplings of a model at n parameter points, and the observables that follow from them.

Each observable is computed when it is read for the first time, and then kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from model.physics.constants import MUON_MASS
from model.physics.domain import VALID
from model.physics.early_universe import (
    abundance_error,
    big_bang_nucleosynthesis,
    cmb_injection,
    freeze_out,
    kinetic_decoupling,
    momentum_exchange,
)
from model.physics.early_universe.big_bang_nucleosynthesis import Abundances
from model.physics.early_universe.cosmology_settings import left_out
from model.physics.early_universe.kinetic_decoupling import KineticDecoupling
from model.physics.early_universe.momentum_exchange import Exchange
from model.physics.early_universe.neutrino_decoupling import (
    DARK_RADIATION,
    DarkGas,
    ThermalHistories,
    thermal_histories,
)
from model.physics.early_universe.thermalisation import (
    Thermalisation,
    dark_gas,
    neutrino_exchange,
    pseudoscalar_decoupling,
    thermalisation,
    u_fraction,
)
from model.physics.galaxy import annuli, extent, speeds
from model.physics.galaxy import halo as galaxy
from model.physics.galaxy.halo import Halo
from model.physics.galaxy.shells import JFactors
from model.physics.hidden_sector import annihilation, self_interaction, u_decay, z_mixing
from model.physics.hidden_sector.z_mixing import Mixing
from model.physics.laboratory import atomic_parity_violation, electron_scattering, magnetic_moment
from model.physics.positrons import in_flight_annihilation, line_511kev, positron_production, propagation
from model.physics.positrons.energy_loss import LOWEST_ENERGY_MEV
from model.physics.positrons.positron_production import Production
from model.physics.quantities import (
    Array,
    Couplings,
    DarkMatter,
    LowVelocityCrossSection,
    Reasons,
    RelicAbundance,
    Spectrum,
    Widths,
    selected,
)
from model.physics.searches import supernova_trapping
from model.physics.supersymmetry import lsp_decay
from model.physics.supersymmetry.mssm import Mssm, SoftMasses
from model.physics.surroundings import Surroundings

PARTS = ("line", "hidden_sector")  # of the physics, in every model with a hidden sector


@dataclass(frozen=True)
class Prediction:
    """A model's answer at n points.

    ``values`` holds every input, each (n,); ``reason`` (n,) is 0 where the point is valid and otherwise an index into
    ``model.physics.domain.reasons``. Observables may be read only if every point is valid: ``select(valid)`` first.
    ``parts`` names the parts of the physics that it predicts. ``visible_supersymmetry`` is there in models with
    radiative breaking, whose parts are those of ``PARTS`` and of `Mssm.parts`.
    """

    values: Mapping[str, Array]
    reason: Reasons
    dark_matter: DarkMatter
    spectrum: Spectrum
    couplings: Couplings
    surroundings: Surroundings
    parts: tuple[str, ...] = PARTS
    visible_supersymmetry: Mssm | None = None

    @property
    def valid(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether each point is valid, shape (n,)."""
        result: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = self.reason == VALID
        return result

    @property
    def at_valid_points(self) -> "Prediction":
        """The same prediction at the valid points; kept, so that all who read it share what it has computed."""
        return self if self.valid.all() else self._valid_part

    @cached_property
    def _valid_part(self) -> "Prediction":
        return self.select(self.valid)

    def select(self, keep: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> "Prediction":
        """The same prediction at the points where ``keep`` (n,) is true."""
        return replace(
            self,
            values={name: value[keep] for name, value in self.values.items()},
            reason=self.reason[keep],
            spectrum=selected(self.spectrum, keep),
            couplings=selected(self.couplings, keep),
        )

    @property
    def _one_loop(self) -> bool:
        """Whether charged leptons are corrected to order alpha."""
        return self.surroundings.cosmology.final_states == "one_loop"

    @cached_property
    def widths(self) -> Widths:
        """Partial widths of U [MeV]."""
        return u_decay.partial_widths(self.spectrum, self.couplings, self.dark_matter, one_loop=self._one_loop)

    @cached_property
    def cross_section(self) -> LowVelocityCrossSection:
        """Annihilation into e+e- alone at low velocity [MeV^-2]."""
        inputs = self.spectrum, self.couplings, self.widths, self.dark_matter
        return annihilation.low_velocity(*inputs, one_loop=self._one_loop)

    @cached_property
    def relic_abundance(self) -> RelicAbundance:
        """Thermal freeze-out, with the options of ``surroundings.cosmology``."""
        options = self.surroundings.cosmology
        dark = options.thermal_bath == "with_dark_sector"
        history = self.thermal_histories if dark else self.surroundings.thermal_history
        inputs = self.spectrum, self.couplings, self.widths, self.dark_matter
        exchange = self.exchange if options.kinetic_equilibrium == "solved" else None
        u_reached = None
        if options.initial_abundance == "zero":
            u_reached = u_fraction(self.spectrum, self.widths, self.surroundings.thermal_history)
        assumptions = freeze_out.Assumptions(options.u_pair_annihilation, self._one_loop, exchange, u_reached)
        return freeze_out.relic_abundance(*inputs, history, assumptions)

    @cached_property
    def exchange(self) -> Exchange:
        """Momentum exchange of dark matter with the standard bath by elastic scattering."""
        history = self.surroundings.thermal_history
        return momentum_exchange.exchange(self.spectrum, self.couplings, self.dark_matter, history)

    @property
    def initial_abundance_matters(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether dark matter that starts from nothing ends up 1 % off what starts in equilibrium, shape (n,).

        False where the run does not ask, with ``initial_abundance`` "equilibrium".
        """
        dependence = self.relic_abundance.start_dependence
        matters: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = np.abs(dependence) > 0.01
        return matters

    @cached_property
    def abundance_errors(self) -> dict[str, Array]:
        """Relative size [1] of each effect that the relic abundance leaves out or knows to a finite accuracy."""
        sizes = {"solver": self.relic_abundance.relative_error}
        for name, settings in left_out(self.surroundings.cosmology).items():
            other = replace(self, surroundings=replace(self.surroundings, cosmology=settings))
            sizes[name] = np.abs(other.omega_h2 / self.omega_h2 - 1.0)
        inputs = self.spectrum, self.couplings, self.widths, self.dark_matter
        scattering = self.exchange, self.self_interaction, self.relic_abundance, self.surroundings.thermal_history
        relaxation = abundance_error.relaxation(self.spectrum, self.widths, *scattering)
        sizes["maxwellian_shape"] = abundance_error.maxwellian_shape(self.spectrum, self.widths, relaxation)
        return sizes | abundance_error.uncertainties(*inputs)

    @cached_property
    def omega_h2_theory_error(self) -> Array:
        """Theory error of the relic abundance relative to it [1]: the sizes of ``abundance_errors`` in quadrature."""
        return abundance_error.total(self.abundance_errors)

    @property
    def omega_h2(self) -> Array:
        """Relic abundance Omega h^2 [1]."""
        return self.relic_abundance.omega_h2

    @cached_property
    def thermalisation(self) -> Thermalisation:
        """Fraction of equilibrium with the e-gamma bath that dark matter and U reach [1]."""
        history = self.surroundings.thermal_history
        return thermalisation(self.spectrum, self.couplings, self.widths, self.dark_matter, history)

    @cached_property
    def dark_gas(self) -> DarkGas:
        """Dark species in the e-gamma bath."""
        fractions = self.thermalisation
        inputs = self.spectrum, self.couplings, self.widths, self.dark_matter
        leaves = pseudoscalar_decoupling(*inputs, self.surroundings.thermal_history)
        exchange = neutrino_exchange(*inputs, fractions)
        return dark_gas(self.spectrum, self.dark_matter, fractions, exchange, leaves)

    @cached_property
    def thermal_histories(self) -> ThermalHistories:
        """Bath with the dark species in it, of each point."""
        return thermal_histories(self.dark_gas)

    @cached_property
    def n_eff(self) -> Array:
        """Effective number of neutrinos [1], dark radiation included where the run has any."""
        return self.thermal_histories.n_eff + self.dark_radiation

    @property
    def dark_radiation(self) -> Array:
        """Relativistic energy besides photons and neutrinos, in units of one neutrino [1]."""
        return self.values.get(DARK_RADIATION.name, np.zeros_like(self.spectrum.m_dm))

    @cached_property
    def primordial_abundances(self) -> Abundances:
        """Helium and deuterium of nucleosynthesis at Omega_b h^2 = 0.0224."""
        return big_bang_nucleosynthesis.abundances(self.thermal_histories, self.dark_radiation)

    @property
    def primordial_helium(self) -> Array:
        """Mass fraction Y_p of helium-4 [1]."""
        return self.primordial_abundances.helium

    @property
    def primordial_deuterium(self) -> Array:
        """Number ratio of deuterium to hydrogen [1]."""
        return self.primordial_abundances.deuterium

    @cached_property
    def relic_fraction(self) -> Array:
        """Fraction of the dark matter that this particle makes up [1]; 1 where its abundance is taken as measured.

        With ``cosmology.role: upper_limit`` it is min(1, Omega / Omega_measured): rates of two particles carry
        its square, of one its first power.
        """
        measured = self.surroundings.omega_h2_measured
        if measured is None:
            return np.ones_like(self.spectrum.m_dm)
        return np.minimum(self.omega_h2 / measured, 1.0)

    @cached_property
    def halo(self) -> Halo:
        """Halo nuisances of each point."""
        return Halo(*(self.values[parameter.name] for parameter in galaxy.PARAMETERS))

    @cached_property
    def circular_speed_km_s(self) -> Array:
        """Circular speed of the Galactic disk at the Sun [km/s]."""
        return speeds.circular_speed(self.surroundings.galaxy, self.halo)

    @cached_property
    def j_factors(self) -> JFactors:
        """J-factors of the aperture at the halo nuisances of each point."""
        return self.surroundings.j_factors.evaluate(self.halo)

    @cached_property
    def fraction_at_rest(self) -> Array:
        """Fraction of the positrons in the aperture that makes the line [1]; 1 without ``line.in_flight_losses``."""
        return self._mean_over_positrons(self._fractions_at_rest)

    @cached_property
    def every_positron(self) -> tuple[Production, ...]:
        """Positrons of every channel: e+e-, muons, hadrons, and pairs of U if the relic abundance counts them."""
        inputs = self.spectrum, self.couplings, self.widths, self.dark_matter
        u_pairs = self.surroundings.cosmology.u_pair_annihilation
        return (
            positron_production.from_electrons(self.cross_section, self.spectrum),
            *positron_production.from_muons_and_pions(*inputs, one_loop=self._one_loop),
            *(positron_production.from_u_pairs(*inputs) if u_pairs else ()),
        )

    @cached_property
    def _positrons(self) -> tuple[Production, ...]:
        """Positrons of the channels that ``line.positrons_from`` counts."""
        if self.surroundings.line.positrons_from == "every_channel":
            return self.every_positron
        return (positron_production.from_electrons(self.cross_section, self.spectrum),)

    @cached_property
    def _fractions_at_rest(self) -> tuple[Array, ...]:
        """Fraction of each channel's positrons that makes the line [1], each (n,)."""
        if not self.surroundings.line.in_flight_losses:
            return tuple(np.ones_like(self.spectrum.m_dm) for _ in self._positrons)
        x_ion = self.values["x_ion"]
        # A closed channel, whose energy may be negative, has no positrons.
        energies = (np.maximum(made.energy, LOWEST_ENERGY_MEV) for made in self._positrons)
        return tuple(in_flight_annihilation.fraction_at_rest(energy, x_ion) for energy in energies)

    def _mean_over_positrons(self, of_channels: Sequence[Array]) -> Array:
        """Mean of a quantity of each channel, (n,), over the positrons that are made in the aperture."""
        if len(of_channels) == 1:
            return of_channels[0]
        rates = [line_511kev.sigma_v_bulge(made.cross_section, self.j_factors) for made in self._positrons]
        weighted: Array = np.sum([rate * each for rate, each in zip(rates, of_channels, strict=True)], axis=0)
        total: Array = np.sum(rates, axis=0)
        mean: Array = weighted / total
        return mean

    @cached_property
    def flux_511kev(self) -> Array:
        """Line flux in the aperture [ph cm^-2 s^-1], scaled by relic_fraction^2."""
        return self._line_flux(self.j_factors)

    def _line_flux(self, j_factors: JFactors) -> Array:
        """Line flux from a region of the sky [ph cm^-2 s^-1]."""
        total: Array = np.sum([self._channel_flux(k, j_factors) for k in range(len(self._positrons))], axis=0)
        return self.relic_fraction**2 * total

    def _channel_flux(self, channel: int, j_factors: JFactors) -> Array:
        """Line flux of the positrons of one channel [ph cm^-2 s^-1], if it were all of dark matter."""
        others = self.spectrum.m_dm, self.dark_matter, j_factors, self.values["f_ps"]
        flux: Array = line_511kev.flux(self._positrons[channel].cross_section, *others)
        return flux * self._fractions_at_rest[channel]

    @cached_property
    def annuli_511kev(self) -> Array:
        """Line flux in the annuli [ph cm^-2 s^-1], shape (n, 4), scaled by relic_fraction^2.

        Raises
        ------
        ValueError
            If the surroundings hold no table of annuli.
        """
        table, smeared = self.surroundings.annuli, self.surroundings.smeared_annuli
        if table is not None:
            return np.stack([self._line_flux(j) for j in table.evaluate(self.halo)], axis=1)
        if smeared is None:
            raise ValueError("annuli_511kev needs a table of annuli, which no likelihood of this run requires")
        reference = self.values[propagation.DISPLACEMENT.name]
        total = np.zeros((reference.size, annuli.REGIONS))
        for channel, made in enumerate(self._positrons):
            distance = propagation.displacement_pc(made.energy, reference)
            j_factors = smeared.evaluate(self.halo, distance)
            total += np.stack([self._channel_flux(channel, j) for j in j_factors], axis=1)
        return self.relic_fraction[:, None] ** 2 * total

    @cached_property
    def fwhm_511kev(self) -> Array:
        """Full width at half maximum of the line's surface brightness behind SPI [deg].

        Raises
        ------
        ValueError
            If the surroundings hold no table of the surface brightness.
        """
        table = self.surroundings.extent
        if table is None:
            raise ValueError("fwhm_511kev needs the table of the surface brightness, which line.extent asks for")
        return extent.full_width(np.stack([self._line_flux(j) for j in table.evaluate(self.halo)], axis=1))

    @cached_property
    def positron_rate(self) -> Array:
        """Annihilation rate of positrons that corresponds to the flux [e+/s]."""
        return line_511kev.positron_rate(self.flux_511kev, self.values["r_sun_kpc"], self.values["f_ps"])

    @cached_property
    def injection_energy(self) -> Array:
        """Kinetic energy of the positrons that annihilation at rest makes [MeV], m_dm - m_e of e+e-.

        For several channels it is the mean over the positrons made in the aperture, with the simplification of
        ``LinePrediction.injection_energy``.
        """
        return self._mean_over_positrons([made.energy for made in self._positrons])

    @cached_property
    def sigma_v_bulge(self) -> Array:
        """Line-weighted <sigma v> into e+e- alone in the aperture [cm^3/s]."""
        return line_511kev.sigma_v_bulge(self.cross_section, self.j_factors)

    @cached_property
    def sigma_v_positrons(self) -> Array:
        """Line-weighted <sigma v> times positrons made, of every channel [cm^3/s]."""
        rates = [line_511kev.sigma_v_bulge(made.cross_section, self.j_factors) for made in self.every_positron]
        total: Array = np.sum(rates, axis=0)
        return total

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
        return z_mixing.chi_of_epsilon(self.couplings.epsilon)

    @cached_property
    def z_mixing(self) -> Mixing:
        """Mass eigenstates of Z and U, by exact diagonalisation."""
        return z_mixing.diagonalise(self.mixing_with_hypercharge, self.spectrum.m_u)

    @cached_property
    def m_w_gev(self) -> Array:
        """Mass of the W [GeV]."""
        return z_mixing.w_mass_gev(self.mixing_with_hypercharge)

    @cached_property
    def self_interaction(self) -> Array:
        """Elastic self-scattering cross-section over mass at threshold [cm^2/g]."""
        return self_interaction.cross_section_per_mass(self.spectrum, self.couplings, self.widths, self.dark_matter)

    @cached_property
    def kinetic_decoupling(self) -> KineticDecoupling:
        """Kinetic decoupling from charged particles and neutrinos, as the relic abundance saw it where it solved it."""
        history = self.surroundings.thermal_history
        if self.surroundings.cosmology.kinetic_equilibrium == "solved":
            return kinetic_decoupling.of_late_temperature(self.relic_abundance.late_cooling, history)
        return kinetic_decoupling.decoupling(self.spectrum, self.couplings, self.dark_matter, history)

    @property
    def t_kd_mev(self) -> Array:
        """Photon temperature of kinetic decoupling [MeV]."""
        return self.kinetic_decoupling.t_kd

    @cached_property
    def m_cut_msun(self) -> Array:
        """Mass of the smallest haloes [Msun]."""
        history = self.surroundings.thermal_history
        return kinetic_decoupling.cutoff_mass(self.kinetic_decoupling, self.spectrum.m_dm, history)

    @cached_property
    def p_ann(self) -> Array:
        """Energy injected at recombination, relic_fraction^2 k' f_eff <sigma v> / m [cm^3/s/GeV]."""
        speed2 = kinetic_decoupling.relative_velocity2(
            self.kinetic_decoupling,
            self.spectrum.m_dm,
            kinetic_decoupling.RECOMBINATION_TEMPERATURE,
            self.surroundings.thermal_history,
        )
        return self.relic_fraction**2 * cmb_injection.annihilation_parameter(
            self.cross_section, self.spectrum.m_dm, self.dark_matter, speed2
        )

    @cached_property
    def weak_charge_shift(self) -> Array:
        """Shift of the weak charge of caesium [1]."""
        return atomic_parity_violation.weak_charge_shift(self.spectrum.m_u, self.couplings)

    @cached_property
    def sn1987a_optical_depth(self) -> Array:
        """Optical depth of SN 1987A for dark matter outside the neutrino sphere [1]."""
        return supernova_trapping.optical_depth(self.spectrum, self.couplings, self.dark_matter)

    @cached_property
    def sigma_e_cm2(self) -> Array:
        """Reference cross-section on electrons at q = alpha m_e [cm^2], not scaled by relic_fraction."""
        return electron_scattering.reference_cross_section(self.spectrum, self.couplings, self.dark_matter)

    @property
    def mssm(self) -> Mssm:
        """The visible supersymmetric sector.

        Raises
        ------
        ValueError
            If the model has none.
        """
        if self.visible_supersymmetry is None:
            raise ValueError("the model has no supersymmetric sector; allowed: a model with radiative breaking")
        return self.visible_supersymmetry

    @cached_property
    def landau_pole_gev(self) -> Array:
        """Scale at which the hidden gauge coupling diverges at one loop [GeV], or the largest double."""
        return np.minimum(self.mssm.landau_pole_gev(self.values["g"], self.spectrum.m_u), np.finfo(np.float64).max)

    @cached_property
    def soft_masses(self) -> SoftMasses:
        """Soft masses of the hidden scalar beside the radiative one [MeV]."""
        return self.mssm.soft_masses(self.values)

    @cached_property
    def lsp_width_gev(self) -> Array:
        """Width of the MSSM's lightest supersymmetric particle into the hidden sector [GeV]."""
        return self.mssm.lsp_width_gev(self.values)

    @cached_property
    def u_flight_m(self) -> Array:
        """Mean flight of a U with half of the energy of the MSSM's lightest supersymmetric particle [m]."""
        return lsp_decay.u_flight_m(self.spectrum.m_u, self.widths.total, self.mssm.lsp.m_lsp_gev)

    @property
    def lsp_visible_fraction(self) -> Array:
        """Fraction of the energy of such a U that becomes e+e- within the radius of the tracker [1]."""
        branching = self.widths.electrons / self.widths.total
        return lsp_decay.visible_fraction(self.u_flight_m, branching, self.mssm.lsp.tracker_radius_m)
