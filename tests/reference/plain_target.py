"""What a target of the sampler answers that knows no edges, follows nothing else and starts pilots from its prior."""

from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.posterior.monitored import Monitored
from workflow.inference.sampling.proposal import everywhere


class PlainTarget:
    """The members of `sampling.target.Target` that a test need not care about."""

    def inside(self, theta: Array) -> NDArray:
        """Every point may have a density."""
        return everywhere(theta)

    @property
    def pilot_target(self) -> "PlainTarget":
        """Pilots start from the prior."""
        return self

    def monitored(self, theta: Array) -> Monitored:
        """Nothing beside the coordinates."""
        del theta
        return Monitored({}, {})
