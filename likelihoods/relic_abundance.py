"""Relic abundance of dark matter."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from likelihoods import _statistics
from likelihoods.data.measurements import Measurement, measurements
from model.physics.early_universe.freeze_out import FreezeOutSettings
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter


@dataclass(frozen=True)
class Likelihood:
    """Gaussian in Omega h^2 with a theory error (docs/physics/model.md 7).

    Attributes
    ----------
    era : {2008, "modern"}
        WMAP5 or Planck 2018.
    role : {"measured", "upper_limit"}
        ``measured``: this particle is all dark matter. ``upper_limit``: it may be a part of it, so that only the upper
        half of the Gaussian counts, and the run's annihilation signals are scaled by the square of
        ``Prediction.relic_fraction`` = min(1, Omega / Omega_measured), its scattering in detectors by the first power.
    theory_error : float
        One standard deviation as a fraction of the predicted abundance.
    thermal_bath : {"standard", "with_dark_sector"}
        ``with_dark_sector``: dark matter, U and the hidden scalar are part of the bath and change T_nu/T, the Hubble
        rate and the entropy (`model.physics.early_universe.neutrino_decoupling`), as N_eff sees them.
    u_pair_annihilation : bool
        Whether X X -> U U counts, in s-wave; `model.physics.hidden_sector.annihilation.sigma_v_u_pairs` says where that
        holds.

    Raises
    ------
    ValueError
        If theory_error is negative.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("omega_h2",)
    era: Literal[2008, "modern"] = 2008
    role: Literal["measured", "upper_limit"] = "measured"
    theory_error: float = 0.05
    thermal_bath: Literal["standard", "with_dark_sector"] = "standard"
    u_pair_annihilation: bool = False

    def __post_init__(self) -> None:
        if not self.theory_error >= 0.0:
            raise ValueError(f"theory_error is {self.theory_error:g}; allowed: >= 0")

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurement in use."""
        return (measurements()[f"relic_abundance_{self.era}"],)

    @property
    def omega_h2_measured(self) -> float | None:
        """Abundance of all dark matter if this particle may be a part of it, else None."""
        return self.data[0].value if self.role == "upper_limit" else None

    @property
    def freeze_out_settings(self) -> FreezeOutSettings:
        """How every relic abundance of the run is computed."""
        return FreezeOutSettings(thermal_bath=self.thermal_bath, u_pairs=self.u_pair_annihilation)

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        density = _statistics.gaussian if self.role == "measured" else _statistics.upper_half
        return density(prediction.omega_h2, datum.value, datum.sigma, self.theory_error)
