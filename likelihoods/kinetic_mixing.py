"""Bounds on the kinetic mixing: beam dumps, missing energy, resonance searches, precision electroweak, SN1987A."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from likelihoods._signals import Signals
from likelihoods.data.kinetic_mixing_experiments import experiments
from likelihoods.data.measurements import Measurement, measurements
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.searches.dump_yields import DumpSettings
from model.physics.searches.electron_dump import Threshold

EXPERIMENTS = (
    "e137",
    "e141",
    "e774",
    "kek",
    "orsay",
    "na64_visible",
    "nu_cal",
    "charm",
    "na64_invisible",
    "babar_invisible",
    "na48_2",
    "kloe",
    "a1",
    "babar_visible",
    "apex",
    "w_mass",
    "z_invisible",
)
_TABULATED = {"e137", "e141", "e774", "kek", "orsay", "na64_visible", "nu_cal", "charm", "na64_invisible"}
LAST_YEAR_2008 = 2008


@dataclass(frozen=True)
class Likelihood:
    r"""Sum over experiments, each computed from its published parameters at the point's own couplings and widths.

    - Beam dumps: events :math:`N = \frac{g_V^2+g_A^2}{e^2}\,{\rm BR}(ee)\,F(m_U, \Gamma_U)`, F tabulated from first
      principles (``model.physics.searches.dump_yields``), in a Poisson or the stated Gaussian likelihood. Proton
      dumps have the couplings of quarks instead (``model.physics.searches.proton_dump.production``) and count muons
      too.
    - Missing energy: the same with BR(invisible); resonance searches: a Gaussian in coupling^2 x BR that reproduces the
      published 90 % limit, times the share of prompt decays.
    - The mixing lowers m_W by 0.165 chi^2 at fixed alpha, G_F and m_Z; a Gaussian against the PDG average gives
      chi < 0.031 at 2 sigma, as published fits do (eps < 0.03, 1006.0973). Z to dark matter: below 2 MeV at 95 %.

    A perfect fit is 0 in each. docs/physics/kinetic_mixing.md has the method; sources, exposures and verification tags
    of every experiment are in ``likelihoods/data/kinetic_mixing_experiments.yaml``.

    Attributes
    ----------
    include : tuple of str or "all"
        Experiments that enter; ``all`` is everything of the era.
    exclude : tuple of str
        Experiments to switch off.
    era : {2008, "modern"}
        2008 keeps the experiments that existed then.
    threshold : {"physical", "published"}
        Beam dumps: ``published`` reproduces 1209.6083 (electrons), which counts U down to E_U = m_U, acceptance fitted,
        1311.3870 (nu-Cal) and 1908.07525 (CHARM); ``physical`` is the detector's threshold, geometry and efficiency.
    exact_tree : bool
        Correct electron-dump cross-sections from Weizsaecker-Williams to exact tree level (missing energy always is).
    na64_data : {2023, 2019}
        Exposure of the NA64 missing-energy search.
    sn1987a_depth : float
        How far ln L falls in the soft band of supernova cooling, 4 where it is used; 0 leaves it out. It fades where U
        decays to dark matter.

    Raises
    ------
    ValueError
        If an experiment is unknown, ``include`` names one that the era does not have, or nothing is left.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("m_w_gev",)
    include: Literal["all"] | tuple[str, ...] = ("w_mass",)
    exclude: tuple[str, ...] = ()
    era: Literal[2008, "modern"] = 2008
    threshold: Threshold = "physical"
    exact_tree: bool = False
    na64_data: Literal[2019, 2023] = 2023
    sn1987a_depth: float = 0.0

    def __post_init__(self) -> None:
        for option, names in (("include", () if self.include == "all" else self.include), ("exclude", self.exclude)):
            for name in names:
                if name not in EXPERIMENTS:
                    raise ValueError(f"{option}: {name!r} is unknown; allowed: {', '.join(EXPERIMENTS)}")
        if self.include != "all" and self.era == 2008:
            years = experiments().years
            late = [name for name in self.include if years[name] > LAST_YEAR_2008]
            if late:
                raise ValueError(f"include: {late[0]} is of {years[late[0]]}; it exists in era modern only")
        if self.sn1987a_depth < 0.0:
            raise ValueError(f"sn1987a_depth: {self.sn1987a_depth}; allowed: 0 or more")
        if not self.active:
            raise ValueError("include: no experiment is left; leave the likelihood out instead")

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the experiments in use, in a fixed order."""
        years = experiments().years
        chosen = [
            name
            for name in EXPERIMENTS
            if (self.include == "all" or name in self.include)
            and name not in self.exclude
            and (self.era == "modern" or years[name] <= LAST_YEAR_2008)
        ]
        return (*chosen, "sn1987a") if self.sn1987a_depth else tuple(chosen)

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurements in use that are numbers of a prediction."""
        return (measurements()["w_mass"],) if "w_mass" in self.active else ()

    @property
    def dump_settings(self) -> DumpSettings | None:
        """What the table of yields must hold; None if no experiment in use needs it.

        All experiments of the kind are in the table, so that runs with different selections share one file.
        """
        if not _TABULATED.intersection(self.active):
            return None
        known = experiments()
        return DumpSettings(
            dumps=tuple(run for dump in known.electron_dumps.values() for run in dump.electron_runs),
            proton_dumps=tuple(run for dump in known.proton_dumps.values() for run in dump.proton_runs[self.threshold]),
            missing_energy=tuple(entry.search for entry in known.missing_energy.values()),
            threshold=self.threshold,
            exact_tree=self.exact_tree,
        )

    def signals(self, prediction: Prediction) -> Signals:
        """Signals at the points of a prediction, with the options of this likelihood."""
        return Signals(prediction, experiments(), self.threshold, self.na64_data, self.sn1987a_depth)

    def experiments(self, prediction: Prediction) -> dict[str, Array]:
        """Log-likelihood of each experiment in use, each (n,)."""
        signal = self.signals(prediction)
        return {name: signal.log_likelihood(name) for name in self.active}

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        total: Array = np.sum(list(self.experiments(prediction).values()), axis=0)
        return total
