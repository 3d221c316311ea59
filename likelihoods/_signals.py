"""What each experiment of the kinetic-mixing bounds says at the points of a prediction."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from likelihoods import _statistics
from likelihoods.data.kinetic_mixing_experiments import (
    DumpExperiment,
    Experiments,
    MissingEnergyExperiment,
    PromptExperiment,
    Record,
)
from likelihoods.data.measurements import measurements
from model.physics.constants import E_CHARGE, SIN_THETA_W, Z_MASS
from model.physics.hidden_sector import u_decay
from model.physics.hidden_sector.charges import dark_photon
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Spectrum
from model.physics.searches import meson_decay, prompt_search, proton_dump, supernova_cooling
from model.physics.searches.dump_yields import DumpYields
from model.physics.searches.electron_dump import Threshold
from model.physics.searches.missing_energy import mono_photon_reach

TWO_SIDED_95 = 1.96  # 95 % of a half-normal, in standard deviations


@dataclass(frozen=True)
class Signals:
    """Signals at n points, each computed once.

    Attributes
    ----------
    prediction : Prediction
        Valid points only.
    known : Experiments
        Parameters of the experiments.
    threshold : {"physical", "published"}
        Reading of the beam dumps, that of the table of yields.
    na64_data : int
        Exposure of the NA64 missing-energy search.
    sn1987a_depth : float
        Depth of the supernova band in ln L.
    """

    prediction: Prediction
    known: Experiments
    threshold: Threshold
    na64_data: int
    sn1987a_depth: float

    @cached_property
    def electron_strength(self) -> Array:
        """(g_V^2 + g_A^2) / e^2 of the electron [1]: epsilon^2 of a dark photon, shape (n,)."""
        couplings = self.prediction.couplings
        strength: Array = (couplings.g_e_l**2 + couplings.g_e_r**2) / (2.0 * E_CHARGE**2)
        return strength

    @cached_property
    def branching(self) -> dict[str, Array]:
        """Branching ratios of U by channel [1], each (n,)."""
        widths = self.prediction.widths
        inverse = 1.0 / widths.total
        return {
            "electrons": widths.electrons * inverse,
            "muons": widths.muons * inverse,
            "invisible": widths.dark_matter * inverse,
        }

    @property
    def table(self) -> DumpYields:
        """The table of yields.

        Raises
        ------
        ValueError
            If the run was set up without one.
        """
        table = self.prediction.surroundings.dump_yields
        if table is None:
            raise ValueError("kinetic_mixing: these experiments need the table of dump yields, which was not loaded")
        return table

    @cached_property
    def yields(self) -> dict[str, Array]:
        """F of every run and channel at the points' masses and widths, each (n,)."""
        return self.table.evaluate(self.prediction.spectrum.m_u, self.prediction.widths.total)

    @cached_property
    def produced_by_protons(self) -> dict[tuple[proton_dump.Channel, bool], Array]:
        """Couplings and decays of each channel of proton dumps, without and with form factors, each (n,)."""
        m_u, couplings = self.prediction.spectrum.m_u, self.prediction.couplings
        runs = [run for dump in self.known.proton_dumps.values() for run in dump.proton_runs[self.threshold]]
        return {
            (channel, form_factors): proton_dump.production(m_u, couplings, channel, form_factors=form_factors)
            for form_factors in {run.form_factors for run in runs}
            for channel in proton_dump.CHANNELS
        }

    def events(self, experiment: DumpExperiment) -> Array:
        """Expected signal of a beam dump, shape (n,)."""
        total = np.zeros_like(self.prediction.spectrum.m_u)
        for electron_run in experiment.electron_runs:
            total += self.electron_strength * self.branching["electrons"] * self.yields[electron_run.name]
        for run in experiment.proton_runs.get(self.threshold, ()):
            seen = run.electron_efficiency * self.branching["electrons"] + run.muon_efficiency * self.branching["muons"]
            for channel in proton_dump.CHANNELS:
                total += (
                    seen * self.produced_by_protons[channel, run.form_factors] * self.yields[f"{run.name}.{channel}"]
                )
        return total

    def missing_energy_events(self, experiment: MissingEnergyExperiment) -> Array:
        """Expected signal of a missing-energy search, shape (n,)."""
        per_electron = self.table.missing(self.prediction.spectrum.m_u)[experiment.search.name]
        exposure = experiment.electrons[self.na64_data] * experiment.efficiency
        return exposure * self.electron_strength * self.branching["invisible"] * per_electron

    def log_likelihood(self, name: str) -> Array:
        """Log-likelihood of one experiment, shape (n,)."""
        known = self.known
        if name in known.electron_dumps:
            return known.electron_dumps[name].counting.log_likelihood(self.events(known.electron_dumps[name]))
        if name in known.proton_dumps:
            return known.proton_dumps[name].counting.log_likelihood(self.events(known.proton_dumps[name]))
        if name in known.missing_energy:
            search = known.missing_energy[name]
            return search.counting.log_likelihood(self.missing_energy_events(search))
        if name in known.prompt:
            return self._prompt(known.prompt[name])
        return {
            "babar_invisible": self._mono_photon,
            "w_mass": self._w_mass,
            "z_invisible": self._z_invisible,
            "sn1987a": self._supernova,
        }[name](known.records[name])

    def _prompt(self, experiment: PromptExperiment) -> Array:
        m_u, search = self.prediction.spectrum.m_u, experiment.search
        if experiment.production == "electron":
            strength = self.electron_strength
        else:
            strength = meson_decay.squared_charge(self.prediction.couplings, experiment.production)
        seen = self._seen(self.branching, experiment) / self._seen(self.dark_photon_branching, experiment)
        prompt = search.prompt_fraction(m_u, self.prediction.widths.total)
        return -0.5 * (strength * seen * prompt * search.inverse_sigma(m_u)) ** 2

    @cached_property
    def dark_photon_branching(self) -> dict[str, Array]:
        """Branching ratios that published limits assume, each (n,)."""
        return prompt_search.dark_photon_branching(self.prediction.spectrum.m_u)

    @staticmethod
    def _seen(branching: dict[str, Array], experiment: PromptExperiment) -> Array:
        first, *rest = (branching[channel] for channel in experiment.channels)
        return sum(rest, first)

    def _mono_photon(self, record: Record) -> Array:
        reach = mono_photon_reach(self.prediction.spectrum.m_u, record.numbers["largest_mass_mev"])
        sigma = record.numbers["epsilon_90"] ** 2 / prompt_search.ONE_SIDED_90
        return -0.5 * (self.electron_strength * self.branching["invisible"] * reach / sigma) ** 2

    def _w_mass(self, _: Record) -> Array:
        datum = measurements()["w_mass"]
        return _statistics.gaussian(self.prediction.m_w_gev, datum.value, datum.sigma)

    def _z_invisible(self, record: Record) -> Array:
        """Z to dark matter, with the coupling chi sin(theta_W) g_dm of docs/physics/kinetic_mixing.md 6."""
        g_dm = self.prediction.mixing_with_hypercharge * SIN_THETA_W * self.prediction.couplings.g_dm
        nothing, z_mass = np.zeros_like(g_dm), np.full_like(g_dm, Z_MASS)
        m_dm = self.prediction.spectrum.m_dm
        width = u_decay.partial_widths(
            Spectrum(m_dm=m_dm, m_u=z_mass, m_rad=nothing, m_scalar=nothing),
            dark_photon(g_dm, nothing),
            self.prediction.dark_matter,
        ).dark_matter
        return -0.5 * (TWO_SIDED_95 * width / record.numbers["limit_95_mev"]) ** 2

    def _supernova(self, _: Record) -> Array:
        visible = 1.0 - self.branching["invisible"]
        share = supernova_cooling.band_membership(self.prediction.spectrum.m_u, np.sqrt(self.electron_strength))
        return -self.sn1987a_depth * visible * share
