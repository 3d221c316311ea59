from dataclasses import fields

from model.physics.early_universe.cosmology_settings import BEST_COSMOLOGY, CosmologySettings, left_out


def test_the_default_leaves_nothing_out():
    best = CosmologySettings("with_dark_sector", True, "one_loop", "solved", "zero", "measured")
    assert CosmologySettings() == best == BEST_COSMOLOGY
    assert left_out(CosmologySettings()) == {}


def test_every_choice_is_described():
    assert all(f"    {field.name} : " in CosmologySettings.__doc__ for field in fields(CosmologySettings))
