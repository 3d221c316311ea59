"""A run's posterior with its tables, ready to evaluate."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from model.physics.early_universe.freeze_out import STANDARD_FREEZE_OUT, FreezeOutSettings
from model.physics.galaxy import halo_grid
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.config import Config, ConfigError
from workflow.inference.run.tables import DEFAULT_FOLDER, annulus_settings_of, dump_settings_of, surroundings


def build_posterior(config: Config, tables_folder: Path | None) -> Posterior:
    """The posterior of a run, its tables computed first if they are not there.

    Parameters
    ----------
    config : Config
        The run.
    tables_folder : Path or None
        Where tables are kept; None for ``results/tables`` of the checkout.

    Raises
    ------
    ConfigError
        If a prior or constant of the halo reaches beyond the tabulated J-factors.
    """
    terms = config.likelihoods.values()
    folder = tables_folder or DEFAULT_FOLDER
    tables = surroundings(config.galaxy, folder, dump_settings_of(terms), annulus_settings_of(terms))
    tables = replace(tables, freeze_out=_freeze_out_settings(terms), omega_h2_measured=_omega_h2_measured(terms))
    for name, axis in halo_grid.axes(tables.j_factors).items():
        low, high = config.priors[name].bounds if name in config.priors else (config.fixed[name],) * 2
        if low < axis[0] or high > axis[-1]:
            raise ConfigError(
                f"parameters.{name}: reaches from {low:g} to {high:g}; allowed: within [{axis[0]:g}, {axis[-1]:g}]"
            )
    return Posterior(config.model, config.likelihoods, config.priors, config.fixed, tables)


def _freeze_out_settings(likelihoods: Iterable[object]) -> FreezeOutSettings:
    """The options that a likelihood asks for; the defaults if none does."""
    asked = (getattr(likelihood, "freeze_out_settings", None) for likelihood in likelihoods)
    return next((settings for settings in asked if settings is not None), STANDARD_FREEZE_OUT)


def _omega_h2_measured(likelihoods: Iterable[object]) -> float | None:
    """The abundance that a likelihood takes as an upper limit; None if none does."""
    asked = (getattr(likelihood, "omega_h2_measured", None) for likelihood in likelihoods)
    return next((value for value in asked if value is not None), None)
