"""Refuses a run that is well formed and means nothing: no data, the same data twice, settings that change nothing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import cast

import numpy as np

from model.physics.early_universe.cosmology_settings import CosmologySettings
from model.physics.galaxy import halo
from model.physics.galaxy.halo import SHAPE, Galaxy
from model.physics.galaxy.line_settings import LineSettings
from model.physics.line_prediction import LinePrediction
from model.physics.positrons import line_511kev
from model.physics.positrons.in_flight_annihilation import PARAMETERS as GAS
from model.physics.prediction import Prediction
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import untabulated
from workflow.inference.posterior.contracts import Likelihood, Model

_WITHOUT_TABLES = frozenset(
    (
        "circular_speed_km_s",
        "couplings",
        "dark_matter",
        "delta_a_e",
        "delta_a_mu",
        "self_interaction",
        "sigma_e_cm2",
        "spectrum",
        "weak_charge_shift",
        "widths",
    )
)
"""Members of a prediction that are computed without tables: likelihoods that read only these can be tried at once."""

_ROUNDING = 1e-12  # differences of a log-likelihood that are no more than rounding

_OF_THE_GALAXY = frozenset(("circular_speed_km_s",))
"""Members of a prediction that depend on no parameter of the model."""

_OF_THE_MODEL = (_WITHOUT_TABLES - _OF_THE_GALAXY) | {
    "m_w_gev",
    "mixing_with_hypercharge",
    "n_eff",
    "omega_h2",
    "omega_h2_theory_error",
    "p_ann",
    "primordial_deuterium",
    "primordial_helium",
    "relic_fraction",
    "surroundings",
}
"""Members of a prediction that depend on no parameter of the Galaxy."""

_LINE = frozenset(("flux_511kev", "annuli_511kev", "positron_rate"))

_WITHOUT_PHOTONS = _OF_THE_MODEL | _OF_THE_GALAXY | {"sigma_v_bulge"}
"""Members of a prediction that do not depend on the fraction of positrons that form positronium."""


@dataclass(frozen=True)
class Setup:
    """What a run puts together.

    Attributes
    ----------
    model : Model
    likelihoods : mapping of str to Likelihood
    sampled : collection of str
        Names of the sampled parameters.
    galaxy : Galaxy
    cosmology : CosmologySettings
    line : LineSettings
    """

    model: Model
    likelihoods: Mapping[str, Likelihood]
    sampled: Collection[str]
    galaxy: Galaxy
    cosmology: CosmologySettings
    line: LineSettings


def meaningless(setup: Setup) -> list[str]:
    """What would change nothing or count something twice: a line for each such setting, with the reason."""
    if not setup.likelihoods:
        return ["likelihoods: none; allowed: at least one, or the run is its prior"]
    return [*_counted_twice(setup.likelihoods), *_idle_options(setup), *_unread(setup)]


def constants(setup: Setup, values: Mapping[str, Array], nuisances: tuple[Parameter, ...]) -> list[str]:
    """Likelihoods that are the same number at every point and only shift the evidence: a line for each.

    Those that read the spectrum, the couplings or the Galaxy alone are tried, for they need no table.

    Parameters
    ----------
    setup : Setup
    values : mapping of str to (n,) array
        Points at which they are tried.
    nuisances : tuple of Parameter
        Parameters of the run besides those of its model.
    """
    tried = {name: term for name, term in setup.likelihoods.items() if set(term.needs) <= _WITHOUT_TABLES}
    if not tried:
        return []
    around = replace(untabulated(setup.galaxy, nuisances), cosmology=setup.cosmology, line=setup.line)
    with np.errstate(all="ignore"):  # corners of wide priors overflow, and are invalid
        prediction = setup.model.predict(values, around)
        prediction = prediction.select(prediction.valid)
        found = {name: term.log_likelihood(cast(Prediction, prediction)) for name, term in tried.items()}
    return [
        f"likelihoods.{name}: is {value[0]:.6g} at every point of this model; allowed: leave it out"
        for name, value in found.items()
        if value.size and np.ptp(value) <= _ROUNDING * max(1.0, abs(value[0]))
    ]


def _counted_twice(likelihoods: Mapping[str, Likelihood]) -> Iterator[str]:
    """Two likelihoods that compare the same observable with data, or two names of one."""
    measured: dict[object, str] = {}
    for name, term in likelihoods.items():
        observables = {datum.observable for datum in term.data} | set(getattr(term, "contains", ()))
        for each in (*sorted(observables), type(term)):
            first = measured.setdefault(each, name)
            if first != name:
                what = f"both hold data on {each}" if isinstance(each, str) else "are the same likelihood"
                yield f"likelihoods.{first} and likelihoods.{name}: {what}; allowed: one of the two"
                break


def _idle_options(setup: Setup) -> Iterator[str]:
    """Options away from their defaults that nothing of the run reads."""
    if setup.model.prediction is not LinePrediction:
        return
    reason = "a model of the positrons alone has no early Universe and no other channel"
    for section, given, default in (
        ("cosmology", setup.cosmology, CosmologySettings()),
        ("line", setup.line, LineSettings()),
    ):
        for field in fields(default):
            value = getattr(given, field.name)
            if value != getattr(default, field.name) and field.name != "in_flight_losses":
                yield f"{section}.{field.name}: {value!r} changes nothing, for {reason}; allowed: leave it out"


def _unread(setup: Setup) -> Iterator[str]:
    """Sampled parameters that no likelihood of the run reads.

    A likelihood that reads a member of the prediction unknown here is taken to read everything.
    """
    galaxy, needed = setup.galaxy, frozenset().union(*(term.needs for term in setup.likelihoods.values()))
    of_halo = {parameter.name for parameter in halo.PARAMETERS}
    unread: dict[str, str] = {}
    for shape in of_halo & {name for name in SHAPE.values() if name is not None} - {SHAPE[galaxy.profile]}:
        unread[shape] = f"galaxy.profile {galaxy.profile} does not read it"
    if galaxy.velocity == "maxwell" and needed <= _OF_THE_MODEL | _LINE:
        unread["baryon_scale"] = "nothing depends on the baryons with galaxy.velocity maxwell"
    if not setup.line.in_flight_losses and "values" not in needed:
        unread |= dict.fromkeys((gas.name for gas in GAS), "no likelihood reads it")
    for members, names in (
        (_OF_THE_MODEL, of_halo),
        (_OF_THE_GALAXY, {parameter.name for parameter in setup.model.parameters}),
        (_WITHOUT_PHOTONS, {parameter.name for parameter in line_511kev.PARAMETERS}),
    ):
        if needed <= members:
            unread |= dict.fromkeys(names - unread.keys(), "no likelihood reads it")
    for name in setup.sampled:
        if name in unread:
            yield f"parameters.{name}: sampled, but {unread[name]}; allowed: fixed"
