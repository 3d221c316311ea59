"""Annihilating dark matter with a free cross-section, with or without the stars of the bulge beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from model._parameter_sets import the_only_set
from model.physics import domain
from model.physics.constants import ELECTRON_MASS
from model.physics.line_prediction import LinePrediction
from model.physics.positrons import halo_emission, stellar_sources
from model.physics.positrons.stellar_sources import StellarSources
from model.physics.quantities import MASS, SIGMA_V, Array, DarkMatter, Parameter
from model.physics.surroundings import Surroundings


@dataclass(frozen=True)
class Model:
    """Self-conjugate dark matter that annihilates into e+e- at rest with sigma v = a + b v_rel^2; one positron each.

    Attributes
    ----------
    wave : {"p", "s_and_p"}
        Whether a is zero or free.
    stellar_sources : bool
        Add the positrons of the bulge's stars, with the parameters of the model ``stellar``.
    """

    prediction: ClassVar[type[LinePrediction]] = LinePrediction
    for_columns = the_only_set
    sampling_coordinates: ClassVar[None] = None
    wave: Literal["p", "s_and_p"] = "p"
    stellar_sources: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in the order of the chain."""
        return (*self._own_parameters, *(stellar_sources.PARAMETERS if self.stellar_sources else ()))

    @property
    def _own_parameters(self) -> tuple[Parameter, ...]:
        """Those of the dark matter."""
        m_dm = Parameter("m_dm_mev", "MeV", r"m_{\rm DM}", MASS, "mass of the dark matter")
        s_wave = Parameter("sigma_v_s_cm3_s", "cm^3/s", "a", SIGMA_V, "a of sigma v = a + b v_rel^2 into e+e-")
        p_wave = Parameter("sigma_v_p_cm3_s", "cm^3/s", "b", SIGMA_V, "b of sigma v = a + b v_rel^2 into e+e-")
        return (m_dm, s_wave, p_wave) if self.wave == "s_and_p" else (m_dm, p_wave)

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> LinePrediction:
        """Sources of positrons at n points."""
        inner, reason = domain.possible(self._own_parameters, values)
        m_dm, b = inner["m_dm_mev"], inner["sigma_v_p_cm3_s"]
        a = inner["sigma_v_s_cm3_s"] if self.wave == "s_and_p" else np.zeros_like(b)
        sources: list[halo_emission.HaloEmission | StellarSources]
        sources = [halo_emission.annihilation(m_dm, a, b, DarkMatter.MAJORANA)]
        energies = [m_dm - ELECTRON_MASS]
        if self.stellar_sources:
            stars, impossible = stellar_sources.possible(values)
            sources.append(stellar_sources.bulge(stars))
            energies.append(stars["positron_energy_mev"])
            reason = domain.first_of(reason, impossible)
        reason = domain.checked_positrons(reason, energies[0], values, surroundings)
        return LinePrediction(values, reason, surroundings, tuple(sources), tuple(energies))
