"""Self-interaction of dark matter, seen in colliding and relaxed clusters."""

from dataclasses import dataclass
from typing import ClassVar

from likelihoods import _statistics
from likelihoods.data.eras import Era
from likelihoods.data.measurements import Measurement, measurements
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import NOTHING, Requirements


@dataclass(frozen=True)
class Likelihood:
    r"""Half Gaussian :math:`\ln L = -\frac12 (\sigma/m / s)^2`: no signal is 0 (docs/physics/laboratory.md 7).

    The published limits apply to an isotropic, velocity-independent cross-section, as the one at threshold is. The
    preference of some authors for cores in small galaxies is not used. This particle is taken to be all of the dark
    matter, so that a minor component is judged too strictly with ``cosmology.role: upper_limit``.

    Attributes
    ----------
    era : {2008, "modern"}
        2008: Bullet cluster, s = 1.25 cm^2/g (its 68 % limit). Modern: s = 0.5 cm^2/g, so that 1 cm^2/g is the limit
        at 95 %.
    strict : bool
        Modern only: relaxed groups and clusters, s = 0.1 cm^2/g.

    Raises
    ------
    ValueError
        For ``strict`` in the 2008 era.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("self_interaction",)
    requires: ClassVar[Requirements] = NOTHING
    experiments = _statistics.undivided
    era: Era = 2008
    strict: bool = False

    def __post_init__(self) -> None:
        if self._key not in measurements():
            raise ValueError(f"strict: true exists in era modern only; allowed in era {self.era}: false")

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The limit in use, as a measurement of zero."""
        return (measurements()[self._key],)

    @property
    def _key(self) -> str:
        return f"self_interaction_{self.era}" + ("_strict" if self.strict else "")

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        (datum,) = self.data
        return _statistics.gaussian(prediction.self_interaction, datum.value, datum.sigma)
