"""Assumptions about the early Universe of a run: the section ``cosmology`` of a config."""

from dataclasses import dataclass, fields, replace
from typing import Literal


@dataclass(frozen=True)
class CosmologySettings:
    """Choices that change the physics for every likelihood of a run.

    Attributes
    ----------
    thermal_bath : {"with_dark_sector", "standard"}
        ``with_dark_sector``: dark matter, U and the hidden scalar are part of the bath in which dark matter freezes
        out. They change T_nu/T, the Hubble rate and the entropy
        (`model.physics.early_universe.neutrino_decoupling`), as N_eff sees them.
    u_pair_annihilation : bool
        Whether XX -> UU counts in the relic abundance, at tree level
        (`model.physics.hidden_sector.u_pair_annihilation`).
    final_states : {"one_loop", "tree"}
        ``one_loop``: charged leptons have their electromagnetic correction of order alpha, which holds the Coulomb
        attraction near their threshold (`model.physics.hidden_sector.final_state_correction`), in the relic abundance,
        in the annihilation of today and in the widths of U.
    kinetic_equilibrium : {"solved", "assumed"}
        Whether dark matter is taken to keep the temperature of the photons until it has frozen out, or its temperature
        is solved together with its density (`model.physics.early_universe.freeze_out`).
    initial_abundance : {"zero", "equilibrium"}
        Whether dark matter that was never in equilibrium starts from nothing at T far above m_dm and m_U, or with its
        equilibrium abundance at T = m_dm / 5. Nothing changes where it was in equilibrium.
    role : {"measured", "upper_limit"}
        ``measured``: this particle is all of the dark matter. ``upper_limit``: it may be a part of it. The annihilation
        signals of the run are then scaled by the square of ``Prediction.relic_fraction`` = min(1, Omega /
        Omega_measured), its scattering in detectors by the first power, and the likelihood of the relic abundance
        keeps only the upper half of its Gaussian.
    """

    thermal_bath: Literal["with_dark_sector", "standard"] = "with_dark_sector"
    u_pair_annihilation: bool = True
    final_states: Literal["one_loop", "tree"] = "one_loop"
    kinetic_equilibrium: Literal["solved", "assumed"] = "solved"
    initial_abundance: Literal["zero", "equilibrium"] = "zero"
    role: Literal["measured", "upper_limit"] = "measured"


BEST_COSMOLOGY = CosmologySettings()
"""Nothing is left out that can be computed: the defaults. The role of the particle is no matter of accuracy."""


def left_out(settings: CosmologySettings) -> dict[str, CosmologySettings]:
    """For every option that leaves an effect out, by name: the same settings with that effect."""
    options = [field.name for field in fields(CosmologySettings) if field.name != "role"]
    return {
        name: replace(settings, **{name: getattr(BEST_COSMOLOGY, name)})
        for name in options
        if getattr(settings, name) != getattr(BEST_COSMOLOGY, name)
    }
