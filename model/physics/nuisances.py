"""Parameters that a run has besides those of its model and likelihoods: halo, positronium, gas, propagation."""

from model.physics.galaxy import halo, halo_grid
from model.physics.galaxy.line_settings import STANDARD_LINE, LineSettings
from model.physics.positrons import in_flight_annihilation, line_511kev, propagation
from model.physics.quantities import Parameter


def nuisances(profile: str, line: LineSettings = STANDARD_LINE) -> tuple[Parameter, ...]:
    """The parameters with the defaults of a halo profile, within the ranges of its tables."""
    tabulated = halo_grid.limits(profile)
    of_halo = (p._replace(range=tabulated.get(p.name, p.range)) for p in halo.parameters(profile))
    of_gas = in_flight_annihilation.PARAMETERS if line.in_flight_losses else ()
    of_propagation = propagation.PARAMETERS if line.smearing == "by_energy" else ()
    return (*of_halo, *line_511kev.PARAMETERS, *of_gas, *of_propagation)


def default_nuisances(profile: str) -> dict[str, float]:
    """Their defaults, by name."""
    return {parameter.name: parameter.default for parameter in nuisances(profile) if parameter.default is not None}
