"""Effective number of neutrinos at recombination."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from likelihoods import _statistics
from likelihoods.data.eras import Era
from likelihoods.data.measurements import Measurement, measurements
from model.physics.early_universe.neutrino_decoupling import DARK_RADIATION
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


@dataclass(frozen=True)
class Likelihood:
    """Gaussian in N_eff of a Universe with the model's species in the e-gamma bath.

    A species counts with the fraction of equilibrium that its couplings can produce
    (``model.physics.early_universe.thermalisation``), so the bound is void where they never thermalise. U is taken to
    have no decays to neutrinos: with ``charges: kinetic_mixing`` it has none, otherwise the bound is too strong. Both
    modern values give their published bounds: a Majorana fermion alone loses 2 in ln L at 6.6 MeV (Planck) and at 5.7
    MeV (ACT, SPT and Planck). They share the Planck data, so they are alternatives and never combined. N_eff is the
    only extension of LCDM in either fit.

    Attributes
    ----------
    era : {2008, "modern"}
        WMAP5 with distances, or ``modern_data``.
    modern_data : {"planck_2018", "act_spt_planck_2026"}
        Planck with BAO, or ACT, SPT and Planck together; read in era modern.
    dark_radiation : bool
        Add the parameter ``delta_n_eff`` >= 0: relativistic energy of another origin, present since before
        nucleosynthesis. It raises N_eff again and weakens the bound; primordial abundances then still exclude a mass
        below about 4 MeV (2109.03246).

    Raises
    ------
    ValueError
        If ``modern_data`` is given in the era 2008.
    """

    needs: ClassVar[tuple[str, ...]] = ("n_eff",)
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided
    era: Era = 2008
    modern_data: Literal["planck_2018", "act_spt_planck_2026"] = "planck_2018"
    dark_radiation: bool = False

    def __post_init__(self) -> None:
        if self.era != "modern" and self.modern_data != "planck_2018":
            raise ValueError(f"modern_data: {self.modern_data!r}; read in era modern only, leave it out")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Dark radiation, where it is asked for."""
        return (DARK_RADIATION,) if self.dark_radiation else ()

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        table = measurements()
        return (table[f"n_eff_{self.era}" if self.era != "modern" else f"n_eff_{self.modern_data}"],)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        return _statistics.gaussian(prediction.n_eff, datum.value, datum.sigma)
