from dataclasses import fields

from model.physics.galaxy.line_settings import STANDARD_LINE, LineSettings


def test_by_default_positrons_of_electrons_all_come_to_rest():
    assert LineSettings(in_flight_losses=False, positrons_from="electrons") == STANDARD_LINE


def test_every_choice_is_described():
    assert all(f"    {field.name} : " in LineSettings.__doc__ for field in fields(LineSettings))


def test_by_default_nothing_is_tabulated_and_positrons_stay_as_a_likelihood_says():
    assert LineSettings() == STANDARD_LINE
    assert (STANDARD_LINE.extent, STANDARD_LINE.smearing) == (False, "fixed")
