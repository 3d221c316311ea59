"""Parameters that every run has besides those of its model: the halo and the positronium."""

from model.physics.galaxy import halo, halo_grid
from model.physics.positrons import line_511kev
from model.physics.quantities import Parameter


def nuisances(profile: str) -> tuple[Parameter, ...]:
    """The parameters with the defaults of a halo profile, within the ranges of its tables."""
    tabulated = halo_grid.limits(profile)
    of_halo = (p._replace(range=tabulated.get(p.name, p.range)) for p in halo.parameters(profile))
    return (*of_halo, *line_511kev.PARAMETERS)


def default_nuisances(profile: str) -> dict[str, float]:
    """Their defaults, by name."""
    return {parameter.name: parameter.default for parameter in nuisances(profile) if parameter.default is not None}
