"""Settings of the sampler: sizes of pilots and ensembles, and the stop rule."""

from dataclasses import dataclass, fields

# Settings that change no draw.
STOP_RULE = ("steps", "max_steps", "target_ess", "max_rhat", "accept_unconverged")

LARGEST_K = 0.7  # shape of the tail of weights beyond which they are not to be believed (arXiv:1507.02646)


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
        Steps before the surveys, and again after them; they are not delivered.
    survey_draws, surveys : int
        Draws of the first survey, over all ensembles, and number of surveys. The proposal is refitted after each, the
        next has twice as many draws, and after the last the proposal is frozen.
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
    pilot_particles: int = 2000
    pilot_sweeps: int = 10
    mixture_components: int = 40
    burn_in: int = 75
    survey_draws: int = 14_000
    surveys: int = 3
    global_fraction: float = 0.9
    steps: int = 4000
    max_steps: int = 12000
    target_ess: float = 5000.0
    max_rhat: float = 1.005
    accept_unconverged: bool = False

    def __post_init__(self) -> None:
        least: dict[str, float] = {
            "global_fraction": 0.0,
            "ensembles": 2,
            "walkers": 4,
            "seed": 0,
            "pilot_particles": 50,
            "burn_in": 8,
            "survey_draws": 100,
            "steps": 8,
        }
        for field in fields(self):
            value, minimum = getattr(self, field.name), least.get(field.name, 1)
            if not (isinstance(value, bool) or value >= minimum):
                raise ValueError(f"{field.name} is {value}; allowed: at least {minimum:g}")
        if not 0.0 < self.global_fraction < 1.0:
            raise ValueError(f"global_fraction is {self.global_fraction}; allowed: between 0 and 1")
        if self.pilot_particles < 8 * self.pilot_sweeps:
            least_particles = 8 * self.pilot_sweeps
            raise ValueError(
                f"pilot_particles is {self.pilot_particles}; allowed: at least 8 times pilot_sweeps, {least_particles}"
            )
        if self.walkers % 2:
            raise ValueError(f"walkers is {self.walkers}; allowed: an even number")
        if self.max_steps < self.steps:
            raise ValueError(f"max_steps is {self.max_steps}; allowed: at least steps ({self.steps})")
        if not self.max_rhat > 1.0:
            raise ValueError(f"max_rhat is {self.max_rhat}; allowed: greater than 1")
