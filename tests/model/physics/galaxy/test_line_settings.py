from dataclasses import fields

from model.physics.galaxy.line_settings import EVERY_POSITRON_COMES_TO_REST, LineSettings


def test_by_default_every_positron_comes_to_rest():
    assert LineSettings(in_flight_losses=False) == EVERY_POSITRON_COMES_TO_REST


def test_every_choice_is_described():
    assert all(f"    {field.name} : " in LineSettings.__doc__ for field in fields(LineSettings))
