"""What a target of the sampler answers that knows no edges and follows nothing else."""

from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.posterior.monitored import Monitored
from workflow.inference.sampling.proposal import everywhere


class PlainTarget:
    """The members of `sampling.target.Target` that a test need not care about."""

    def inside(self, theta: Array) -> NDArray:
        """Every point may have a density."""
        return everywhere(theta)

    def monitored(self, theta: Array) -> Monitored:
        """Nothing beside the coordinates."""
        del theta
        return Monitored({}, {})
