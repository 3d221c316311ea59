"""Chains to ``posterior.nc``: physical parameters, derived quantities, one log-likelihood column per term."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from model.physics.domain import REASONS
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from workflow.inference.estimates.best_fit import best_fits
from workflow.inference.posterior.evaluation import FLAGS, OBSERVABLES, SPECTRUM, Column, derived, evaluate
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.config import Config
from workflow.inference.run.provenance import provenance
from workflow.inference.sampling import arviz_bridge
from workflow.inference.sampling.chain_files import Chain

# Observables that data constrain, as the columns that hold them.
COLUMN_OF_OBSERVABLE = {
    "flux_511kev": "flux_511_bulge_ph_cm2_s",
    "positron_rate": "positron_rate_s",
    "omega_h2": "omega_h2",
    "delta_a_e": "delta_a_e",
    "delta_a_mu": "delta_a_mu",
    "m_w_gev": "m_w_gev",
    "n_eff": "n_eff",
    "primordial_helium": "helium_y_p",
    "primordial_deuterium": "deuterium_d_h",
    "circular_speed_km_s": "circular_speed_km_s",
    "self_interaction": "sigma_si_cm2_g",
    "p_ann": "p_ann_cm3_s_gev",
    "weak_charge_shift": "weak_charge_shift",
    "injection_energy": "injection_energy_mev",
}
# What posterior.nc keeps of the derived quantities; `mevdm evaluate` gives the rest at any point.
KEPT = (
    "m_dm_mev",
    "m_u_mev",
    "mass_ratio",
    "g_dm",
    "g_e_l",
    "g_e_r",
    "epsilon",
    "width_u_mev",
    "br_u_ee",
    "br_u_invisible",
    "sigma_v_bulge_cm3_s",
    "omega_h2",
    "flux_511_bulge_ph_cm2_s",
    "positron_rate_s",
    "injection_energy_mev",
    "delta_a_e",
    "m_w_gev",
    "relic_fraction",
    "p_ann_cm3_s_gev",
    "sigma_si_cm2_g",
    "sigma_e_cm2",
    "t_kd_mev",
    "m_cut_msun",
    "weak_charge_shift",
    "sn1987a_trapped",
    "coupling_product_window",
    "coupling_hierarchy",
    *(column.name for column in FLAGS),
)
BATCH = 2048
PRIOR_SEED_OFFSET = 1_000_003  # keeps the prior draws apart from every stream of the sampler


@dataclass(frozen=True)
class Draws:
    """Every k-th step: coordinates (ensembles, draws, d) in time order, with log-prior and log-likelihood terms."""

    every: int
    u: Array
    log_prior: Array
    terms: Array


def combine(config: Config, posterior: Posterior, chains: Sequence[Chain], path: Path) -> None:
    """Write ``posterior.nc``.

    Parameters
    ----------
    config, posterior
        The run.
    chains : sequence of Chain
        One per ensemble, without burn-in.
    path : Path
        Where to; written atomically, equal content gives equal bytes.
    """
    draws = thinned(chains, config.report.posterior_draws)
    ensembles, n, d = draws.u.shape
    point = posterior.to_physical(draws.u.reshape(-1, d))
    columns = derived_columns(posterior, point.values)
    shape = (ensembles, n)
    fits = best_fits(posterior, chains)
    groups = {
        "posterior": _described(config, {name: (("chain", "draw"), v.reshape(shape)) for name, v in columns.items()}),
        "log_likelihood": xr.Dataset(
            {name: (("chain", "draw"), draws.terms[..., k]) for k, name in enumerate(posterior.likelihoods)}
        ),
        "sample_stats": xr.Dataset(
            {
                "lp": (("chain", "draw"), draws.log_prior + draws.terms.sum(axis=2)),
                "log_prior": (("chain", "draw"), draws.log_prior),
                "log_likelihood": (("chain", "draw"), draws.terms.sum(axis=2)),
            }
        ),
        "prior": _prior(config, posterior),
        "observed_data": _observed(config),
        "best_fit": _maxima(config, posterior, fits.maximum_likelihood[None]),
        "map": _maxima(config, posterior, fits.maximum_posterior[None]),
        "local_maxima": _maxima(config, posterior, fits.local, ("maximum",)),
    }
    for name in ("posterior", "log_likelihood", "sample_stats"):
        groups[name] = groups[name].assign_coords(chain=np.arange(ensembles), draw=np.arange(n))
    attrs = {
        "run": config.run,
        "config": config.text,
        "provenance": json.dumps(provenance(config), sort_keys=True),
        "sampler": json.dumps({**asdict(config.sampler), "walked": list(posterior.names)}, sort_keys=True),
    }
    arviz_bridge.write_netcdf(groups, attrs, path)


def thinned(chains: Sequence[Chain], wanted: int) -> Draws:
    """Every k-th step of all walkers, k the smallest that leaves at most ``wanted`` draws in all."""
    steps, walkers, _ = chains[0].coords.shape
    every = max(1, -(-len(chains) * steps * walkers // wanted))
    keep = slice(every - 1, None, every)

    def stacked(arrays: list[Array]) -> Array:
        return np.stack([a[keep].reshape(-1, *a.shape[2:]) for a in arrays])

    blobs = stacked([chain.blobs for chain in chains])
    return Draws(every, stacked([chain.coords for chain in chains]), blobs[..., 1], blobs[..., 2:])


def derived_columns(posterior: Posterior, values: Mapping[str, Array]) -> dict[str, Array]:
    """Sampled parameters and derived quantities of every point, a batch at a time to bound memory."""
    n = len(next(iter(values.values())))
    parts = []
    for start in range(0, n, BATCH):
        batch = {name: value[start : start + BATCH] for name, value in values.items()}
        parts.append(derived(posterior.model.predict(batch, posterior.surroundings)))
    columns = {name: values[name] for name in posterior.priors}
    kept = [*KEPT, *(name for name in _constrained(posterior) if name not in KEPT)]
    known = [name for name in kept if name in parts[0] and name not in columns]
    return columns | {name: np.concatenate([part[name] for part in parts]) for name in known}


def _constrained(posterior: Posterior) -> list[str]:
    """Columns that hold what the likelihoods' data measure."""
    return [COLUMN_OF_OBSERVABLE[datum.observable] for term in posterior.likelihoods.values() for datum in term.data]


def _described(config: Config, variables: Mapping[str, tuple[tuple[str, ...], Array]]) -> xr.Dataset:
    """A dataset whose variables say label, units, role and scale, and parameters also their prior."""
    parameters = {parameter.name: parameter for parameter in config.parameters}
    flags = {column.name for column in FLAGS}
    known: dict[str, Column] = {column.name: column for column in (*SPECTRUM, *OBSERVABLES, *FLAGS)}
    dataset = xr.Dataset(variables)
    for name in map(str, dataset):
        if name in config.priors:
            prior = config.priors[name]
            low, high = prior.bounds
            attrs: dict[str, str | float] = {
                "label": parameters[name].label,
                "units": parameters[name].unit,
                "role": "parameter",
                "scale": "log" if prior.logarithmic else "linear",
                "prior": prior.description,
                "prior_min": low,
                "prior_max": high,
            }
        else:
            column = known[name]
            attrs = {
                "label": column.label,
                "units": column.unit,
                "role": "flag" if name in flags else "derived",
                "scale": "log" if column.logarithmic and bool((dataset[name] > 0.0).all()) else "linear",
            }
        dataset[name].attrs = attrs
    return dataset


def _prior(config: Config, posterior: Posterior) -> xr.Dataset:
    """Prior draws with the spectrum where there is one, and the reasons where a point is not valid."""
    rng = np.random.default_rng(config.sampler.seed + PRIOR_SEED_OFFSET)
    draws = config.report.prior_draws
    values = posterior.sample_prior_values(draws, rng)
    prediction = posterior.model.predict(values, posterior.surroundings)
    columns = {name: values[name] for name in posterior.priors}
    if isinstance(prediction, Prediction):
        for name, column in (
            ("m_dm_mev", prediction.spectrum.m_dm),
            ("m_u_mev", prediction.spectrum.m_u),
            ("epsilon", prediction.couplings.epsilon),
        ):
            columns.setdefault(name, np.where(prediction.valid, column, np.nan))
    codes, counts = np.unique(prediction.reason, return_counts=True)
    reasons = {REASONS[code]: int(count) for code, count in zip(codes, counts, strict=True) if REASONS[code]}
    dataset = _described(config, {name: (("chain", "draw"), column[None, :]) for name, column in columns.items()})
    dataset.attrs = {"draws": draws, "invalid_reasons": json.dumps(reasons)}
    return dataset.assign_coords(chain=np.arange(1), draw=np.arange(draws))


def _observed(config: Config) -> xr.Dataset:
    """The measurements in use, named as the columns they constrain."""
    dataset = xr.Dataset()
    for name, likelihood in config.likelihoods.items():
        for datum in likelihood.data:
            dataset[COLUMN_OF_OBSERVABLE[datum.observable]] = xr.DataArray(
                datum.value,
                attrs={
                    "sigma": datum.sigma,
                    "units": datum.unit,
                    "likelihood": name,
                    "era": str(getattr(likelihood, "era", "any")),
                    "source": datum.source,
                    "tag": datum.tag,
                    "note": datum.note,
                },
            )
    return dataset


def _maxima(config: Config, posterior: Posterior, u: Array, dims: tuple[str, ...] = ()) -> xr.Dataset:
    """Everything of points (k, d), k = 1 for a group without dimensions."""
    found = evaluate(posterior, posterior.to_physical(u).values).columns
    shown = {*posterior.priors, *KEPT, *_constrained(posterior)}
    at = {name: (dims, column if dims else column[0]) for name, column in found.items()}
    dataset = _described(config, {name: column for name, column in at.items() if name in shown})
    for name in (*(f"loglike_{term}" for term in posterior.likelihoods), "log_prior"):
        dataset[name] = at[name]
    return dataset
