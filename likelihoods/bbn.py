"""Primordial abundances of helium and deuterium."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from likelihoods import _statistics
from likelihoods.data.eras import ERAS, Era
from likelihoods.data.measurements import Measurement, measurements
from model.physics.early_universe.big_bang_nucleosynthesis import (
    DEUTERIUM_ERROR,
    DEUTERIUM_SLOPE,
    DEUTERIUM_STANDARD,
    HELIUM_ERROR,
    HELIUM_SLOPE,
    HELIUM_STANDARD,
    OMEGA_B_H2,
)
from model.physics.early_universe.neutrino_decoupling import DARK_RADIATION
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


class Theory(NamedTuple):
    """An abundance at the baryon density of an era over that at Omega_b h^2 = 0.0224, and its standard error."""

    factor: float
    error: float


@dataclass(frozen=True)
class Likelihood:
    """Gaussians in Y_p and D/H of a Universe with the model's species in the e-gamma bath.

    The baryon density is that of the CMB of the era. Its error and that of the rates of nuclear reactions give a theory
    error, added in quadrature: 4.6 % (modern) or 6.3 % (2008) of the standard D/H, and less than 0.2 % of Y_p. A
    species above 1 MeV lowers both abundances, a lighter one raises helium. The prediction holds for dark species above
    0.5 MeV and for a U without decays to neutrinos, as that of ``n_eff`` does.

    Together with ``n_eff`` the CMB enters a second time through the baryon density, but N_eff itself does not. The
    correlation of the two is left out: a lower N_eff lowers Omega_b h^2 by less than its error.

    Attributes
    ----------
    era : {2008, "modern"}
        Data and baryon density.
    deuterium : bool
        Whether D/H enters. Without it the likelihood depends on weak freeze-out alone and hardly on the CMB.
    dark_radiation : bool
        Add the parameter ``delta_n_eff`` >= 0, which ``n_eff`` uses too.
    """

    requires: ClassVar[Requirements] = NOTHING
    era: Era = 2008
    deuterium: bool = True
    dark_radiation: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The abundances in use."""
        return tuple(datum.observable for datum in self.data)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Dark radiation, where it is asked for."""
        return (DARK_RADIATION,) if self.dark_radiation else ()

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurements in use."""
        names = ("helium", "deuterium") if self.deuterium else ("helium",)
        return tuple(measurements()[f"{name}_{self.era}"] for name in names)

    def experiments(self, prediction: Prediction) -> dict[str, Array]:
        """Log-likelihood of each abundance in use, each (n,)."""
        result = {}
        for datum in self.data:
            name = datum.observable.removeprefix("primordial_")
            theory = _theory(name, self.era)
            abundance = getattr(prediction, datum.observable) * theory.factor
            result[name] = _statistics.gaussian(abundance, datum.value, float(np.hypot(datum.sigma, theory.error)))
        return result

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        return _statistics.total(self.experiments(prediction))


def _theory(name: str, era: Era) -> Theory:
    standard, error, slope = {
        "helium": (HELIUM_STANDARD, HELIUM_ERROR, HELIUM_SLOPE),
        "deuterium": (DEUTERIUM_STANDARD, DEUTERIUM_ERROR, DEUTERIUM_SLOPE),
    }[name]
    density, sigma = ERAS[era].baryon_density
    factor = (density / OMEGA_B_H2) ** slope
    return Theory(factor, factor * float(np.hypot(error, standard * slope * sigma / density)))
