"""How the positrons of the 511 keV line are counted: the section ``line`` of a config."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LineSettings:
    """Choices about positrons that hold for every likelihood of a run.

    Attributes
    ----------
    in_flight_losses : bool
        Whether the positrons that annihilate before they are at rest are taken out of the line, with the fraction of
        ionised gas ``x_ion`` as a nuisance parameter of the run (`model.physics.positrons.in_flight_annihilation`).
    """

    in_flight_losses: bool = False


EVERY_POSITRON_COMES_TO_REST = LineSettings()
