import pytest

from model.physics.galaxy import halo, halo_grid
from model.physics.galaxy.line_settings import LineSettings
from model.physics.nuisances import default_nuisances, nuisances
from model.physics.positrons.in_flight_annihilation import X_ION
from model.physics.positrons.line_511kev import F_PS


@pytest.mark.parametrize("profile", ["gnfw", "einasto", "burkert"])
def test_every_nuisance_has_a_default_in_its_range_and_a_meaning(profile):
    for parameter in nuisances(profile):
        assert parameter.range.contains(parameter.default), parameter.name
        assert parameter.meaning


@pytest.mark.parametrize("profile", ["gnfw", "einasto", "burkert"])
def test_the_tables_of_a_profile_narrow_the_ranges_of_what_they_are_made_in(profile):
    pairs = zip(nuisances(profile), (*halo.PARAMETERS, F_PS), strict=True)
    narrowed = {parameter.name for parameter, wide in pairs if parameter.range != wide.range}
    assert narrowed == set(halo_grid.limits(profile))


def test_defaults_are_those_of_the_galaxy_page_and_of_jean():
    # docs/physics/galaxy.md 1; Jean et al. 2006, astro-ph/0509298
    milky_way = {
        "gamma": 1.0,
        "r_s_kpc": 20.0,
        "rho_sun_gev_cm3": 0.4,
        "r_sun_kpc": 8.2,
        "einasto_alpha": 0.17,
        "baryon_scale": 1.0,
        "f_ps": 0.967,
    }
    assert default_nuisances("gnfw") == milky_way
    assert default_nuisances("burkert") == milky_way | {"r_s_kpc": 9.0}


def test_the_gas_is_a_nuisance_where_positrons_are_lost_in_flight():
    usual, with_gas = (nuisances("gnfw", LineSettings(in_flight_losses=lost)) for lost in (False, True))
    assert usual == nuisances("gnfw")
    assert with_gas == (*usual, X_ION)
