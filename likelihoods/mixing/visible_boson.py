"""U at the points of a prediction as the searches for it see it: couplings, branching ratios and yields."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Literal, NamedTuple

import numpy as np

from likelihoods.data.eras import Era
from model.physics.constants import E_CHARGE
from model.physics.hidden_sector.charges import dark_photon
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.searches import meson_decay, prompt_search, proton_dump
from model.physics.searches.dump_yields import DumpYields
from model.physics.searches.electron_dump import Reading

Production = Literal["electron", "pi0"]

NEGLIGIBLE_MIXING = 1e-15  # no experiment sees a dark photon of this mixing


class Options(NamedTuple):
    """How the experiments are read.

    Attributes
    ----------
    reading : {"physical", "published"}
        Reading of the beam dumps, which is that of the table of yields.
    na64_data : {2019, 2023}
        Exposure of the NA64 missing-energy search.
    sn1987a_depth : float
        Depth of the supernova band in ln L.
    w_mass_era : {2008, "modern"}
        Era of the mass of the W and of the Standard Model that it is compared with.
    """

    reading: Reading = "physical"
    na64_data: int = 2023
    sn1987a_depth: float = 0.0
    w_mass_era: Era = "modern"


@dataclass(frozen=True)
class VisibleBoson:
    """U at n points; what several experiments need is computed once.

    Attributes
    ----------
    prediction : Prediction
        Valid points only.
    options : Options
        How the experiments are read.
    """

    prediction: Prediction
    options: Options

    @property
    def m_u(self) -> Array:
        """Mass of U [MeV], shape (n,)."""
        return self.prediction.spectrum.m_u

    @cached_property
    def electron_strength(self) -> Array:
        """(g_V^2 + g_A^2) / e^2 of the electron [1]: epsilon^2 of a dark photon, shape (n,)."""
        couplings = self.prediction.couplings
        strength: Array = (couplings.g_e_l**2 + couplings.g_e_r**2) / (2.0 * E_CHARGE**2)
        return strength

    def produced(self, production: Production) -> Array:
        """Squared coupling over e^2 of what produces U [1]: epsilon^2 of a dark photon, shape (n,)."""
        if production == "electron":
            return self.electron_strength
        return meson_decay.squared_charge(self.prediction.couplings, production)

    @cached_property
    def branching(self) -> dict[str, Array]:
        """Branching ratios of U by channel [1], each (n,)."""
        widths = self.prediction.widths
        inverse = 1.0 / widths.total
        return {
            "electrons": widths.electrons * inverse,
            "muons": widths.muons * inverse,
            "invisible": widths.invisible * inverse,
        }

    @cached_property
    def dark_photon_branching(self) -> dict[str, Array]:
        """Branching ratios that published limits on visible decays assume, each (n,)."""
        return prompt_search.dark_photon_branching(self.m_u)

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
    def decay_yields(self) -> dict[str, Array]:
        """Yield of every row of the table of beam dumps at the masses and widths of the points, each (n,)."""
        return self.table.evaluate(self.m_u, self.prediction.widths.total)

    @cached_property
    def missing_energy_yields(self) -> dict[str, Array]:
        """Number of U with enough missing energy per electron and squared coupling over e^2, by search, each (n,)."""
        return self.table.missing(self.m_u)

    @cached_property
    def scattering_yields(self) -> dict[str, Array]:
        """Scattering events of dark matter, per branching ratio and per squared couplings, by search, each (n,)."""
        return self.table.scattered(self.m_u, self.prediction.spectrum.m_dm, self.prediction.dark_matter)

    @cached_property
    def produced_by_protons(self) -> Callable[[proton_dump.Channel, bool], Array]:
        """Factor of the yield (n,) of a channel of proton dumps, without or with form factors."""
        # A function that held `self` would be a cycle, and the prediction would stay in memory until it is collected.
        m_u, couplings = self.m_u, self.prediction.couplings

        @cache
        def produced(channel: proton_dump.Channel, form_factors: bool) -> Array:
            return proton_dump.production(m_u, couplings, channel, form_factors=form_factors)

        return produced

    @cached_property
    def unmixed(self) -> "VisibleBoson":
        """The same points with a dark photon that no experiment sees: a fall of ln L is measured from there."""
        g_dm = self.prediction.couplings.g_dm
        couplings = dark_photon(g_dm, np.full_like(g_dm, NEGLIGIBLE_MIXING))
        return replace(self, prediction=replace(self.prediction, couplings=couplings))
