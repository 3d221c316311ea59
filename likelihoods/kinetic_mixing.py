"""Bounds on the kinetic mixing: beam dumps, missing energy, resonance searches, precision electroweak, SN1987A."""

from dataclasses import dataclass, fields
from typing import ClassVar, Literal

from likelihoods import _statistics
from likelihoods.data.eras import Era, existed
from likelihoods.data.kinetic_mixing_experiments import Record
from likelihoods.data.measurements import Measurement, measurements
from likelihoods.mixing.experiments import all_experiments
from likelihoods.mixing.visible_boson import Options, VisibleBoson
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.searches.dump_yields import DumpSettings
from model.physics.searches.electron_dump import Reading
from model.physics.surroundings import Requirements


@dataclass(frozen=True)
class Likelihood:
    r"""Sum over experiments, each computed from its published parameters at the point's own couplings and widths.

    - Beam dumps: events :math:`N = \frac{g_V^2+g_A^2}{e^2}\,{\rm BR}(ee)\,F(m_U, \Gamma_U)`, F tabulated from first
      principles (``model.physics.searches.dump_yields``), in a Poisson or the stated Gaussian likelihood. Proton
      dumps have the couplings of quarks instead (``model.physics.searches.proton_dump.production``) and count muons
      too.
    - Missing energy: the same with BR(invisible); resonance searches: a Gaussian in coupling^2 x BR that reproduces the
      published 90 % limit, times the fraction of prompt decays.
    - Dark matter that scatters off the electrons of a detector: events from production, flux and elastic scattering.
    - The mixing lowers m_W by 0.165 chi^2 at fixed alpha, G_F and m_Z; a Gaussian against the PDG average of today
      gives chi < 0.031 at 2 sigma, as published fits do (eps < 0.03, 1006.0973); that of 2008 gives chi < 0.052. Z to
      dark matter: below 2 MeV at 95 %.

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
    reading : {"physical", "published"}
        Beam dumps: ``published`` reproduces 1209.6083 (electrons), which counts U down to E_U = m_U, acceptance fitted,
        1311.3870 (nu-Cal) and 1908.07525 (CHARM); ``physical`` is the detector's threshold, geometry and efficiency.
    exact_tree : bool
        Correct electron-dump cross-sections from Weizsaecker-Williams to exact tree level (missing energy always is).
    na64_data : {2023, 2019}
        Exposure of the NA64 missing-energy search.
    sn1987a_depth : float
        How far ln L falls in the soft band of supernova cooling, 4 where it is used; 0 leaves it out. It fades where U
        decays to dark matter.
    w_mass_era : {2008, "modern"} or None
        Era of the mass of the W and of the Standard Model that it is compared with; None is ``era``. The run
        ``hooper_zurek_2008_paper`` keeps the modern one, with which it was made.

    Raises
    ------
    ValueError
        If an experiment is unknown, ``include`` names one that the era does not have, nothing is left, or no experiment
        in use reads an option that is given.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    include: Literal["all"] | tuple[str, ...] = ("w_mass",)
    exclude: tuple[str, ...] = ()
    era: Era = 2008
    reading: Reading = "physical"
    exact_tree: bool = False
    na64_data: Literal[2019, 2023] = 2023
    sn1987a_depth: float = 0.0
    w_mass_era: Era | None = None

    def __post_init__(self) -> None:
        records = {name: experiment.record for name, experiment in all_experiments().items()}
        allowed = [name for name, record in records.items() if record.option is None]
        for option, names in (("include", () if self.include == "all" else self.include), ("exclude", self.exclude)):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{option}: {name} is named twice; allowed: once")
                if name not in allowed:
                    raise ValueError(f"{option}: {name!r} is unknown; allowed: {', '.join(allowed)}")
        if self.include != "all":
            late = [name for name in self.include if not existed(records[name].year, self.era)]
            if late:
                raise ValueError(f"include: {late[0]} is of {records[late[0]].year}; it exists in era modern only")
        if not 0.0 <= self.sn1987a_depth <= 1e4:
            raise ValueError(f"sn1987a_depth: {self.sn1987a_depth}; allowed: 0 or more, and at most 1e4")
        if not self.active:
            raise ValueError("include: no experiment is left; leave the likelihood out instead")
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default and field.name in self.unread:
                raise ValueError(f"{field.name}: {value!r}; read by no experiment in use, leave it out")

    @property
    def unread(self) -> set[str]:
        """Options that no experiment in use reads."""
        tables = [all_experiments()[name].tabulated(self.reading) for name in self.active]
        read = {
            "exact_tree": any(table.electron_dumps for table in tables),
            "reading": any(table.electron_dumps or table.proton_dumps for table in tables),
            "na64_data": "na64_invisible" in self.active,
            "w_mass_era": "w_mass" in self.active,
        }
        return {name for name, by_some in read.items() if not by_some}

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the experiments in use, in the order of their file."""
        return tuple(name for name, experiment in all_experiments().items() if self._uses(experiment.record))

    def _uses(self, record: Record) -> bool:
        if record.option is not None:
            return bool(getattr(self.options, record.option))
        included = self.include == "all" or record.name in self.include
        return included and record.name not in self.exclude and existed(record.year, self.era)

    @property
    def options(self) -> Options:
        """How the experiments are read."""
        return Options(self.reading, self.na64_data, self.sn1987a_depth, self.w_mass_era or self.era)

    @property
    def data(self) -> tuple[Measurement, ...]:
        """The measurements in use that are numbers of a prediction."""
        keys = (all_experiments()[name].record.measurement for name in self.active)
        return tuple(measurements()[f"{key}_{self.options.w_mass_era}"] for key in keys if key is not None)

    @property
    def dump_settings(self) -> DumpSettings | None:
        """What the table of yields must hold; None if no experiment in use needs it.

        All tabulated experiments are in the table, so that runs with different selections share one file.
        """
        runs = {name: experiment.tabulated(self.reading) for name, experiment in all_experiments().items()}
        if not any(any(runs[name]) for name in self.active):
            return None
        return DumpSettings(
            dumps=tuple(run for tabulated in runs.values() for run in tabulated.electron_dumps),
            proton_dumps=tuple(run for tabulated in runs.values() for run in tabulated.proton_dumps),
            missing_energy=tuple(search for tabulated in runs.values() for search in tabulated.missing_energy),
            reading=self.reading,
            exact_tree=self.exact_tree,
            scattering=tuple(search for tabulated in runs.values() for search in tabulated.scattering),
        )

    @property
    def needs(self) -> tuple[str, ...]:
        """What the experiments in use read."""
        return tuple(sorted({need for name in self.active for need in all_experiments()[name].needs}))

    @property
    def requires(self) -> Requirements:
        """The yields of the beam dumps."""
        return Requirements(dump_yields=self.dump_settings)

    def visible_boson(self, prediction: Prediction) -> VisibleBoson:
        """U at the points of a prediction, with the options of this likelihood."""
        return VisibleBoson(prediction, self.options)

    def experiments(self, prediction: Prediction) -> dict[str, Array]:
        """Log-likelihood of each experiment in use, each (n,)."""
        u = self.visible_boson(prediction)
        return {name: all_experiments()[name].log_likelihood(u) for name in self.active}

    def log_likelihood(self, prediction: Prediction) -> Array:
        """Log-likelihood at each of n points, shape (n,)."""
        return _statistics.total(self.experiments(prediction))
