"""Settings of the sampler: sizes of pilots and ensembles, and the stop rule."""

from dataclasses import dataclass

# Settings that change no draw.
STOP_RULE = ("steps", "max_steps", "target_ess", "max_rhat", "accept_unconverged")

LARGEST_K = 0.7  # Pareto shape of the tail of weights above which their mean is not reliable (arXiv:1507.02646)

_MOST = 1.0e9  # nobody waits for more, and memory ends before
_RANGES: dict[str, tuple[float, float]] = {
    "ensembles": (2, 1000),
    "walkers": (4, 1.0e5),
    "seed": (0, 2**63 - 1),  # what the files of the chains can hold
    "pilot_particles": (50, 1.0e7),
    "pilot_sweeps": (1, 1.0e5),
    "mixture_components": (1, 1.0e4),
    "burn_in": (8, _MOST),
    "settling": (8, _MOST),
    "survey_draws": (100, 1.0e8),
    "surveys": (1, 20),  # each has twice the draws of the one before
    "steps": (8, _MOST),
    "max_steps": (1, _MOST),
    "target_ess": (1, _MOST),
    "max_rhat": (1.0, 2.0),  # ensembles that disagree by more have not met
}


@dataclass(frozen=True)
class SamplerSettings:
    """Settings of the sampler.

    Attributes
    ----------
    ensembles : int
        Independent ensembles; convergence is judged by their agreement.
    walkers : int
        Walkers of each ensemble, even, at least twice the number of coordinates.
    seed : int
        Seed of all random streams of the run.
    pilot_particles, pilot_sweeps : int
        Size of the tempered pilots, one per ensemble, and sweeps at each temperature; a multiple of at least 8 is best.
    mixture_components : int
        Largest number of Gaussians of the global proposal.
    burn_in : int
        Steps before the surveys; they are not delivered.
    settling : int
        Steps after the surveys; they are not delivered, and the final proposal is fitted to their states too.
    survey_draws, surveys : int
        Draws of the first survey, over all ensembles, and number of surveys. The proposal is refitted after each, and
        the next has twice as many draws.
    global_fraction : float
        Fraction of the steps that draw from the whole final proposal; the others are local. Lower it if walkers stick
        for long.
    steps : int
        Steps of the first check of convergence.
    max_steps : int
        Steps at which an ensemble stops even if it has not converged. Chains in which walkers stick become the burn-in
        of new ones, at most twice, and are not counted.
    target_ess : float
        Smallest effective sample size of every coordinate, over all ensembles; half of it in the 5 and 95 % tails.
    max_rhat : float
        Largest split R-hat between ensembles.
    accept_unconverged : bool
        Whether a run that ends at ``max_steps`` without having converged counts as done. Its report begins with that
        statement.
    """

    ensembles: int = 4
    walkers: int = 64
    seed: int = 1
    pilot_particles: int = 1500
    pilot_sweeps: int = 10
    mixture_components: int = 40
    burn_in: int = 40
    settling: int = 120
    survey_draws: int = 3000
    surveys: int = 3
    global_fraction: float = 0.8
    steps: int = 200
    max_steps: int = 12000
    target_ess: float = 5000.0
    max_rhat: float = 1.005
    accept_unconverged: bool = False

    def __post_init__(self) -> None:
        faults = {
            name: f"{name} is {getattr(self, name)}; allowed: at least {low:g} and at most {high:g}"
            for name, (low, high) in _RANGES.items()
            if not low <= getattr(self, name) <= high
        }
        for line in self._inconsistencies():
            faults.setdefault(line.split()[0], line)
        if faults:
            raise ValueError("\n".join(faults.values()))

    def _inconsistencies(self) -> list[str]:
        """What is wrong with settings that are each within their ranges."""
        least = 8 * self.pilot_sweeps
        return [
            line
            for wrong, line in (
                (
                    not 0.0 < self.global_fraction < 1.0,
                    f"global_fraction is {self.global_fraction}; allowed: between 0 and 1",
                ),
                (
                    self.pilot_particles < least,
                    f"pilot_particles is {self.pilot_particles}; allowed: at least 8 times pilot_sweeps, {least}",
                ),
                (self.walkers % 2 == 1, f"walkers is {self.walkers}; allowed: an even number"),
                (
                    self.max_steps < self.steps,
                    f"max_steps is {self.max_steps}; allowed: at least steps ({self.steps})",
                ),
                (not self.max_rhat > 1.0, f"max_rhat is {self.max_rhat}; allowed: greater than 1"),
            )
            if wrong
        ]
