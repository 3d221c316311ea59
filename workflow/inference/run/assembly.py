"""The posterior of a run with its tables, ready to evaluate."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

from model.physics.galaxy.annuli import AnnulusSettings
from model.physics.surroundings import NOTHING, Requirements
from workflow.inference.posterior.contracts import Likelihood
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.config import Config
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.tables import DEFAULT_FOLDER, surroundings


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
    required = required_tables(config)
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
    return Posterior(config.model, config.likelihoods, config.priors, config.fixed, around)


def required_tables(config: Config) -> Requirements:
    """The tables that the likelihoods of a run need, and that of the extent of the line where ``line`` asks for it.

    The extent is seen by SPI. Positrons are smeared in it as in the annuli, if there are any.

    Raises
    ------
    ConfigError
        If two likelihoods need different tables.
    """
    required = requirements(config.likelihoods)
    if not config.line.extent:
        return required
    smearing = 0.0 if required.annuli is None else required.annuli.smearing_pc
    return replace(required, extent=AnnulusSettings(smearing_pc=smearing))


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
