"""The plainest assumptions about the early Universe: those of the paper and of its run."""

from model.physics.early_universe.cosmology_settings import CosmologySettings

PLAIN_COSMOLOGY = CosmologySettings(
    thermal_bath="standard",
    u_pair_annihilation=False,
    final_states="tree",
    kinetic_equilibrium="assumed",
    initial_abundance="equilibrium",
)
