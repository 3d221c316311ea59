"""The posterior of a run with its tables, ready to evaluate."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.physics.galaxy.annuli import AnnulusSettings
from model.physics.prediction import Prediction
from model.physics.surroundings import NOTHING, Requirements, Surroundings
from workflow.inference.posterior.columns import chosen, needed_tables, needed_terms
from workflow.inference.posterior.contracts import Likelihood
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.config import Config
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.tables import DEFAULT_FOLDER, RelicRidgeTable, surroundings


class ColumnPosterior(NamedTuple):
    """A posterior that evaluates columns, and the names of the columns in order."""

    posterior: Posterior
    columns: tuple[str, ...]


def build_posterior(config: Config, tables_folder: Path | None) -> Posterior:
    """The posterior of a run. Missing tables are computed first.

    Parameters
    ----------
    config : Config
        The run.
    tables_folder : Path or None
        Folder of the tables; None for ``results/tables`` of the checkout.

    Raises
    ------
    ConfigError
        If two likelihoods need different tables, or none has the abundance that ``cosmology`` needs.
    """
    return _assembled(config, tables_folder, required_tables(config))


def _assembled(config: Config, tables_folder: Path | None, required: Requirements) -> Posterior:
    part = config.cosmology.role == "upper_limit"
    if part and required.omega_h2 is None:
        raise ConfigError(
            "cosmology.role: 'upper_limit' needs the measured abundance of dark matter, which no likelihood of the run "
            "knows; allowed: measured, or add relic_abundance"
        )
    around = replace(
        surroundings(config.galaxy, tables_folder or DEFAULT_FOLDER, required),
        cosmology=config.cosmology,
        line=config.line,
        omega_h2_measured=required.omega_h2 if part else None,
        nuisances=config.nuisances,
    )
    ridge = relic_ridge_of(config, around, tables_folder or DEFAULT_FOLDER)
    load = None if ridge is None else ridge.load
    return Posterior(config.model, config.likelihoods, config.priors, config.fixed, around, load)


def relic_ridge_of(config: Config, around: Surroundings, folder: Path) -> RelicRidgeTable | None:
    """The table of the relic ridge, where the sampling coordinates of a run need one.

    They do not need it with one temperature, for which their closed form holds, or with m_U = m_dm, far from the pole.
    """
    offered = config.model.sampling_coordinates
    if offered is None or config.cosmology.kinetic_equilibrium == "assumed":
        return None
    if "stretched_mass_ratio" not in offered.names or not set(offered.parameters) <= set(config.priors):
        return None
    return RelicRidgeTable(config.model, _central(config, offered.parameters), around, folder)


def _central(config: Config, replaced: Sequence[str]) -> dict[str, float]:
    """Fixed values, and medians of the priors of the parameters that keep their own coordinate."""
    half = np.array([0.5])
    medians = {
        name: float(prior.to_physical(prior.quantile(half))[0])
        for name, prior in config.priors.items()
        if name not in replaced
    }
    return dict(config.fixed) | medians


def required_tables(config: Config) -> Requirements:
    """The tables that the likelihoods of a run need, as the section ``line`` wants them.

    The extent of the line is seen by SPI. Positrons are smeared in it as in the annuli, if there are any. With
    ``line.smearing: by_energy`` the annuli are tabulated for any smearing.

    Raises
    ------
    ConfigError
        If two likelihoods need different tables, or ``line.smearing`` cannot be had in this run.
    """
    required = requirements(config.likelihoods)
    if config.line.smearing == "by_energy":
        return _smeared_by_energy(config, required)
    if not config.line.extent:
        return required
    smearing = 0.0 if required.annuli is None else required.annuli.smearing_pc
    return replace(required, extent=AnnulusSettings(smearing_pc=smearing))


def _smeared_by_energy(config: Config, required: Requirements) -> Requirements:
    if required.annuli is None:
        raise ConfigError(
            "line.smearing: 'by_energy' needs the likelihood morphology_511kev; allowed: fixed, or add it"
        )
    if not issubclass(config.model.prediction, Prediction):
        raise ConfigError("line.smearing: 'by_energy' needs a model with a hidden sector; allowed here: fixed")
    if config.line.extent:
        raise ConfigError("line.extent: true with line.smearing: by_energy; allowed: one of the two")
    return replace(required, annuli=None, smeared_annuli_fwhm_deg=required.annuli.psf_fwhm_deg)


def requirements(likelihoods: Mapping[str, Likelihood]) -> Requirements:
    """The tables that all likelihoods of a run need together.

    Raises
    ------
    ConfigError
        If two of them need different settings of a table; the message names both.
    """
    merged, required_by = NOTHING, dict[str, str]()
    for name, likelihood in likelihoods.items():
        for field in fields(Requirements):
            required = vars(likelihood.requires)[field.name]
            if required is None:
                continue
            first = required_by.setdefault(field.name, name)
            if first != name and vars(merged)[field.name] != required:
                raise ConfigError(
                    f"likelihoods.{first} and likelihoods.{name}: ask for different {field.name}, "
                    f"{vars(merged)[field.name]} and {required}; allowed: the same options in both"
                )
            merged = replace(merged, **{field.name: required})
    return merged


def posterior_of_columns(config: Config, tables_folder: Path | None, patterns: Sequence[str]) -> ColumnPosterior:
    """The part of the posterior of a run that columns need: other likelihoods and their tables are left out.

    Parameters
    ----------
    config : Config
        The run.
    tables_folder : Path or None
        As for `build_posterior`.
    patterns : sequence of str
        Names or patterns of columns, as for `columns.chosen`.

    Raises
    ------
    ConfigError
        If a pattern fits no column, or as for `build_posterior`.
    """
    terms, tables = needed_terms(patterns, config.likelihoods), needed_tables(patterns)
    every, own = required_tables(config), requirements({name: config.likelihoods[name] for name in terms})
    required = replace(
        own,
        omega_h2=every.omega_h2,
        annuli=every.annuli if "annuli" in tables else own.annuli,
        extent=every.extent if "extent" in tables else own.extent,
    )
    whole = _assembled(config, tables_folder, required)
    posterior = replace(whole, likelihoods={name: config.likelihoods[name] for name in terms})
    try:
        return ColumnPosterior(
            posterior, chosen(patterns, posterior, (parameter.name for parameter in config.parameters))
        )
    except ValueError as error:
        raise ConfigError(f"columns: {error}") from None
