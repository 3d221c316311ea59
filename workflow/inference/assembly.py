"""A run's posterior with its tables, ready to evaluate."""

from pathlib import Path

from workflow.inference.config import Config, ConfigError
from workflow.inference.posterior import Posterior
from workflow.inference.tables import DEFAULT_FOLDER, dump_settings_of, surroundings


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
    dumps = dump_settings_of(config.likelihoods.values())
    tables = surroundings(config.galaxy, tables_folder or DEFAULT_FOLDER, dumps)
    table = tables.j_factors
    for name, axis in (("gamma", table.gamma), ("r_s_kpc", table.r_s_kpc), ("r_sun_kpc", table.r_sun_kpc)):
        if len(axis) < 2:  # the profile has no such parameter
            continue
        low, high = config.priors[name].bounds if name in config.priors else (config.fixed[name],) * 2
        if low < axis[0] or high > axis[-1]:
            raise ConfigError(
                f"parameters.{name}: reaches from {low:g} to {high:g}; allowed: within [{axis[0]:g}, {axis[-1]:g}]"
            )
    return Posterior(config.model, config.likelihoods, config.priors, config.fixed, tables)
