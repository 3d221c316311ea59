from dataclasses import fields

from model.physics.early_universe.cosmology_settings import STANDARD_COSMOLOGY, CosmologySettings


def test_the_default_is_the_standard_bath_without_pairs_of_u_and_all_dark_matter():
    assert CosmologySettings("standard", u_pair_annihilation=False, role="measured") == STANDARD_COSMOLOGY


def test_every_choice_is_described():
    assert all(f"    {field.name} : " in CosmologySettings.__doc__ for field in fields(CosmologySettings))
