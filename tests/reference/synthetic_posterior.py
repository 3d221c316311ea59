"""A posterior file like the default run's, from closed forms and rejection: fast, seeded, with two pieces.

Shapes follow docs/physics/model.md 3.2 and 7: thermal p-wave dark matter near 1 MeV, allowed for m_U < 2 m_dm and
m_U > 2.4 m_dm, cut off by the priors of m_soft, g and lambda. Numbers are for tests of the report only.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr
from reference.origins import ORIGIN

from workflow.inference.diagnostics.arviz_bridge import write_netcdf
from workflow.inference.posterior.observables import COLUMNS
from workflow.inference.writing.origin import KEY, Origin, write_json

ORIGIN_OF_RUN = replace(ORIGIN, run="hooper_zurek_2008", parents={"ensemble_0.h5": "a" * 64})
LOG_PRIORS = {"g": (1e-3, 3.5), "chi": (1e-8, 1e-1), "lambda": (1e-4, 3.5), "m_soft_tev": (0.1, 100.0)}
NORMAL_PRIORS = {"gamma": (1.0, 0.2, 0.2, 1.6), "f_ps": (0.967, 0.022, 0.0, 1.0)}
DATA = {
    "omega_h2": (0.1099, 0.0062, "1", "relic_abundance", "WMAP 3-year, astro-ph/0603449"),
    "flux_511_bulge_ph_cm2_s": (1.05e-3, 0.06e-3, "ph cm^-2 s^-1", "flux_511kev", "Knoedlseder et al. 2005"),
    "delta_a_e": (-2.6e-12, 7.7e-12, "1", "electron_g2", "Gabrielse et al. 2006"),
    "m_w_gev": (80.3692, 0.0146, "GeV", "kinetic_mixing", "PDG"),
}
LABELS = {
    "g": ("g", "1"),
    "chi": (r"\chi", "1"),
    "lambda": (r"\lambda", "1"),
    "m_soft_tev": (r"m_{\rm soft}", "TeV"),
    "gamma": (r"\gamma", "1"),
    "rho_sun_gev_cm3": (r"\rho_\odot", "GeV/cm^3"),
    "f_ps": (r"f_{\rm Ps}", "1"),
    "m_dm_mev": (r"m_{\rm DM}", "MeV"),
    "m_u_mev": ("m_U", "MeV"),
    "mass_ratio": (r"m_U/m_{\rm DM}", "1"),
    "epsilon": (r"\epsilon", "1"),
    "g_dm": (r"g_{\rm DM}", "1"),
    "g_e_l": (r"g_{e,L}", "1"),
    "g_e_r": (r"g_{e,R}", "1"),
    "width_u_mev": (r"\Gamma_U", "MeV"),
    "br_u_ee": (r"{\rm BR}(U \to e^+e^-)", "1"),
    "br_u_invisible": (r"{\rm BR}(U \to {\rm inv})", "1"),
    "sigma_v_bulge_cm3_s": (r"\langle\sigma v\rangle_{\rm bulge}", "cm^3 s^-1"),
    "omega_h2": (r"\Omega h^2", "1"),
    "flux_511_bulge_ph_cm2_s": (r"\Phi_{511}", "ph cm^-2 s^-1"),
    "positron_rate_s": (r"\dot N_{e^+}", "s^-1"),
    "delta_a_e": (r"\Delta a_e", "1"),
    "m_w_gev": ("m_W", "GeV"),
    "sigma_si_cm2_g": (r"\sigma_{\rm SI}/m", "cm^2/g"),
    "coupling_product_window": (r"g_{UXX}|g_{Uee}|\,(10\,{\rm MeV}/m_U)^2", "1"),
    "coupling_hierarchy": (r"g_{UXX}/|g_{Uee}|", "1"),
    "xx_to_uu_matters": (r"XX \to UU", "1"),
    "self_interaction_above_1_cm2_g": (r"\sigma_{\rm SI}/m > 1\,{\rm cm^2/g}", "1"),
    "heats_the_bath": (r"\mathrm{heats\ the\ bath}", "1"),
}
EVIDENCE = {
    "run": "hooper_zurek_2008",
    "ln_z": -13.517,
    "error": 0.0097,
    "pareto_k": 0.35,
    "effective_sample_size": 6922.0,
    "mean_log_likelihood": -2.72,
    "mean_log_likelihood_error": 0.01,
    "mean_log_likelihoods": dict.fromkeys(("flux_511kev", "relic_abundance", "electron_g2", "kinetic_mixing"), -0.68),
    "information": 10.79,
    "dimensionality": 2.14,
    "evaluations": 20000,
}
PARAMETERS = ("g", "chi", "lambda", "m_soft_tev", "gamma", "rho_sun_gev_cm3", "f_ps")
FLAGS = ("xx_to_uu_matters", "self_interaction_above_1_cm2_g", "heats_the_bath")
DRAWN = ("m_dm_mev", "m_u_mev", "epsilon", "omega_h2", "flux_511_bulge_ph_cm2_s", "delta_a_e")
LINEAR = ("gamma", "f_ps", "br_u_ee", "br_u_invisible", "omega_h2", "flux_511_bulge_ph_cm2_s", "m_w_gev")


def draws(n: int, seed: int = 1) -> dict[str, np.ndarray]:
    """n draws of everything a posterior group holds, in random order."""
    rng = np.random.default_rng(seed)
    kept: list[dict[str, np.ndarray]] = []
    while sum(block["g"].size for block in kept) < n:
        block = _candidates(200_000, rng)
        keep = _inside(block) & (rng.random(block["g"].size) < _electroweak_likelihood(block))
        kept.append({name: values[keep] for name, values in block.items()})
    return {name: np.concatenate([block[name] for block in kept])[:n] for name in kept[0]}


def write(
    folder: Path,
    n_draws: int = 4000,
    n_ensembles: int = 4,
    converged: bool = True,
    seed: int = 1,
    origin: Origin | None = None,
) -> Path:
    """Write posterior.nc and diagnostics.json into a folder; returns the path of posterior.nc."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "posterior.nc"
    values = draws(n_draws * n_ensembles, seed)
    if not converged:  # one ensemble that lives elsewhere
        order = np.argsort(values["mass_ratio"])
        values = {name: v[order] for name, v in values.items()}
    origin = origin or ORIGIN_OF_RUN
    root = {"run": "hooper_zurek_2008", "config": _CONFIG, KEY: origin.text(), **_root(n_ensembles, seed)}
    write_netcdf(_groups(values, n_ensembles, seed), root, path)
    write_json(folder / "diagnostics.json", _diagnostics(values, n_ensembles, converged), origin)
    write_json(folder / "evidence.json", EVIDENCE, origin)
    return path


def _candidates(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    g = 10 ** rng.uniform(-3.0, np.log10(3.5), n)
    ratio = 10 ** rng.uniform(0.0, 1.5, n)
    gamma = rng.normal(1.0, 0.15, n)
    rho = 0.3 * 10 ** rng.normal(0.0, 0.12, n)
    f_ps = rng.normal(0.967, 0.022, n)
    omega = rng.normal(0.109, 0.007, n)
    flux = rng.normal(1.03e-3, 0.09e-3, n)
    # p-wave flux ~ rho^2 10^(1.2 (gamma - 1)) / m^3: the line fixes the mass (docs/physics/model.md 7)
    m_dm = 0.85 * ((rho / 0.3) ** 2 * 10 ** (1.2 * (gamma - 1.0)) * (1 - 0.75 * f_ps) / 0.275 * 1e-3 / flux) ** (1 / 3)
    m_u = ratio * m_dm
    # the relic abundance fixes g_X g_e / |m_U^2 - 4 m^2|; m_rad then fixes m_soft
    phase_space = np.sqrt(np.clip(1.0 - (0.511 / m_dm) ** 2, 1e-6, None)) * (1 + 0.5 * (0.511 / m_dm) ** 2)
    sigma_b = 2.45e-25 * 0.11 / omega / 1.16733e-11
    g_e = np.sqrt(sigma_b * 6 * np.pi / phase_space) * np.abs(m_u**2 - 4 * m_dm**2) / (g * m_dm)
    epsilon = g_e / 0.3028
    chi = epsilon / 0.8768
    m_rad = m_dm / np.sqrt(2.0)
    m_soft = m_rad / (g * chi) * np.sqrt(64 * np.pi**4 / (10 * 0.1277 * 23.0)) * 1e-6
    width_ee = g_e**2 * m_u / (12 * np.pi)
    width_xx = g**2 * m_u * np.clip(1.0 - (2.0 / ratio) ** 2, 0.0, None) ** 1.5 / (24 * np.pi)
    sigma_si = 2 * g**4 * m_dm / (np.pi * m_u**4) / 4.58e-6
    rate = flux / 1.05e-3 * 1.5e43
    return {
        "g": g,
        "chi": chi,
        "lambda": np.sqrt(2.0) * g / ratio,
        "m_soft_tev": m_soft,
        "gamma": gamma,
        "rho_sun_gev_cm3": rho,
        "f_ps": f_ps,
        "m_dm_mev": m_dm,
        "m_u_mev": m_u,
        "mass_ratio": ratio,
        "epsilon": epsilon,
        "g_dm": g,
        "g_e_l": -g_e,
        "g_e_r": -g_e,
        "width_u_mev": width_ee + width_xx,
        "br_u_ee": width_ee / (width_ee + width_xx),
        "br_u_invisible": width_xx / (width_ee + width_xx),
        "sigma_v_bulge_cm3_s": 2.45e-25 * 0.11 / omega * 1.5e-6,
        "omega_h2": omega,
        "flux_511_bulge_ph_cm2_s": flux,
        "positron_rate_s": rate,
        "delta_a_e": 1.16e-3 * epsilon**2 / (1 + 1.5 * (m_u / 0.511) ** 2),
        "m_w_gev": 80.353 * (1 - 0.165 * chi**2),
        "sigma_si_cm2_g": sigma_si,
        "coupling_product_window": g * g_e / (m_u / 10.0) ** 2,
        "coupling_hierarchy": g / g_e,
        "xx_to_uu_matters": (ratio < 1.6).astype(float),
        "self_interaction_above_1_cm2_g": (sigma_si > 1.0).astype(float),
        "heats_the_bath": (m_dm < 10.0).astype(float),
    }


def _inside(block: dict[str, np.ndarray]) -> np.ndarray:
    keep = (block["mass_ratio"] < 2.0) | (block["mass_ratio"] > 2.4)
    keep &= (block["mass_ratio"] > 1.0) & (block["m_dm_mev"] > 0.511) & (block["m_u_mev"] > 1.022)
    for name, (low, high) in LOG_PRIORS.items():
        keep &= (block[name] > low) & (block[name] < high)
    for name, (_, _, low, high) in NORMAL_PRIORS.items():
        keep &= (block[name] > low) & (block[name] < high)
    return keep


def _electroweak_likelihood(block: dict[str, np.ndarray]) -> np.ndarray:
    pulls = [(block[name] - DATA[name][0]) / DATA[name][1] for name in ("delta_a_e", "m_w_gev")]
    best = (80.353 - DATA["m_w_gev"][0]) / DATA["m_w_gev"][1]  # the Standard Model's own pull cannot be improved on
    return np.exp(-0.5 * (pulls[0] ** 2 + pulls[1] ** 2 - best**2))


def _attributes(name: str) -> dict[str, str | float]:
    label, unit = LABELS[name]
    role = "parameter" if name in PARAMETERS else "flag" if name in FLAGS else "derived"
    scale = "linear" if name in LINEAR or name in FLAGS or name in ("g_e_l", "g_e_r") else "log"
    out: dict[str, str | float] = {"label": label, "units": unit, "role": role, "scale": scale}
    if name in DRAWN:
        out["drawn"] = 1
    if name in FLAGS:
        out |= {"meaning": COLUMNS[name].meaning, "accounted": 0}
    if (wanted := getattr(COLUMNS.get(name), "paper_range", None)) is not None:
        out |= {
            "paper_statement": wanted.statement,
            "paper_lower": wanted.lower,
            "paper_upper": wanted.upper,
        }
    if name in LOG_PRIORS:
        low, high = LOG_PRIORS[name]
        out |= {"prior": f"log-uniform [{low:g}, {high:g}]", "prior_min": low, "prior_max": high}
    elif name in NORMAL_PRIORS:
        mean, sigma, low, high = NORMAL_PRIORS[name]
        out |= {"prior": f"normal({mean:g}, {sigma:g}) on [{low:g}, {high:g}]", "prior_min": low, "prior_max": high}
    elif name in PARAMETERS:
        out |= {"prior": "log-normal(median 0.3, 0.15 dex)", "prior_min": 0.0, "prior_max": np.inf}
    return out


def _groups(values: dict[str, np.ndarray], n_ensembles: int, seed: int) -> dict[str, xr.Dataset]:
    shape = (n_ensembles, values["g"].size // n_ensembles)
    log_prior = -np.log(values["g"] * values["chi"] * values["lambda"] * values["m_soft_tev"]) * 0.01
    terms = {
        datum[3]: -0.5 * ((values[name] - datum[0]) / datum[1]) ** 2 - (0.3 if name == "omega_h2" else 0.0)
        for name, datum in DATA.items()
    }
    total = np.sum(list(terms.values()), axis=0)
    best, most = int(np.argmax(total)), int(np.argmax(total + log_prior))
    above = int(np.argmax(np.where((values["mass_ratio"] > 2.0) != (values["mass_ratio"][best] > 2.0), total, -np.inf)))
    dims = ("chain", "draw")

    def points(index: int | list[int], dims: tuple[str, ...] = ()) -> xr.Dataset:
        return xr.Dataset(
            {name: (dims, v[index], _attributes(name)) for name, v in values.items()}
            | {f"loglike_{term}": (dims, v[index]) for term, v in terms.items()}
            | {"log_prior": (dims, log_prior[index])}
        )

    return {
        "posterior": xr.Dataset({n: (dims, v.reshape(shape), _attributes(n)) for n, v in values.items()}),
        "log_likelihood": xr.Dataset({n: (dims, v.reshape(shape)) for n, v in terms.items()}),
        "sample_stats": xr.Dataset(
            {
                "lp": (dims, (total + log_prior).reshape(shape)),
                "log_prior": (dims, log_prior.reshape(shape)),
                "log_likelihood": (dims, total.reshape(shape)),
            }
        ),
        "prior": _prior(5000, seed),
        "observed_data": xr.Dataset(
            {
                f"{term}.{name}": ((), value, _datum(sigma, unit, term, name, source))
                for name, (value, sigma, unit, term, source) in DATA.items()
            }
        ),
        "best_fit": points(best),
        "local_maxima": points([best, above], ("maximum",)),
        "map": points(most),
    }


def _datum(sigma: float, unit: str, term: str, observable: str, source: str) -> dict[str, str | float]:
    named = {"likelihood": term, "observable": observable, "era": "2008", "source": source}
    return {"sigma": sigma, "units": unit, **named, "tag": "V", "note": ""}


def _prior(n: int, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed + 1000)
    out = {name: 10 ** rng.uniform(np.log10(low), np.log10(high), n) for name, (low, high) in LOG_PRIORS.items()}
    for name, (mean, sigma, low, high) in NORMAL_PRIORS.items():
        out[name] = np.clip(rng.normal(mean, sigma, n), low, high)
    out["rho_sun_gev_cm3"] = 0.3 * 10 ** rng.normal(0.0, 0.15, n)
    vacuum = out["lambda"] < np.sqrt(2.0) * out["g"]
    m_rad = out["g"] * out["chi"] * out["m_soft_tev"] * 1e6 / np.sqrt(64 * np.pi**4 / (10 * 0.1277 * 23.0))
    m_dm = np.sqrt(2.0) * m_rad
    open_ee = m_dm > 0.511
    valid = vacuum & open_ee
    out["m_dm_mev"] = np.where(valid, m_dm, np.nan)
    out["m_u_mev"] = np.where(valid, np.sqrt(2.0) * out["g"] / out["lambda"] * m_dm, np.nan)
    out["epsilon"] = np.where(valid, 0.8768 * out["chi"], np.nan)
    reasons = {
        "no two-vev vacuum: lambda >= sqrt(2) g": int((~vacuum).sum()),
        "m_dm <= m_e: e+e- closed": int((vacuum & ~open_ee).sum()),
    }
    attrs = {"invalid_reasons": json.dumps(reasons), "draws": n}
    return xr.Dataset({name: (("chain", "draw"), v[None]) for name, v in out.items()}, attrs=attrs)


def _root(n_ensembles: int, seed: int) -> dict[str, str]:
    provenance = {
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "dirty": False,
        "versions": {"python": "3.11.7", "numpy": "2.4.6", "emcee": "3.1.6"},
        "seeds": [seed + i for i in range(n_ensembles)],
        "data": {"measurements.yaml": "sha256:" + "ab" * 32},
    }
    sampler = {"sampler": "emcee", "ensembles": n_ensembles, "walkers": 64, "moves": "mixture + DE"}
    return {"provenance": json.dumps(provenance), "sampler": json.dumps(sampler)}


def _diagnostics(values: dict[str, np.ndarray], n_ensembles: int, converged: bool) -> dict[str, object]:
    ess = 14_000.0 if converged else 60.0
    names = [*PARAMETERS, "m_dm_mev", "m_u_mev", "omega_h2"]
    quantities = {
        name: {
            "tau": 17.5 if converged else 900.0,
            "tau_growth": 0.03 if converged else 0.6,
            "tau_growth_error": 0.04,
            "tau_hidden": 0.02 if converged else 3.0,
            "tau_hidden_error": 0.08,
            "every": 1 if name in PARAMETERS else 4,
            "ess_bulk": ess,
            "ess_tail": 0.8 * ess,
            "ess_tau": 0.9 * ess,
            "rhat": 1.0007 if converged else 1.31,
            "mcse_mean": float(np.std(values[name]) / np.sqrt(ess)),
            "mcse_over_sd": 1.0 / np.sqrt(ess),
            "ess_b": 0.7 * ess,
            "decisive": True,
        }
        for name in names
    }
    low = (values["mass_ratio"] < 2.0).reshape(n_ensembles, -1)

    def region(inside: np.ndarray) -> dict[str, object]:
        quality = {"mcse": 0.004, "tau": 17.5, "ess": ess, "rhat": 1.0007 if converged else 1.31}
        return {"fraction": float(inside.mean()), "per_ensemble": inside.mean(axis=1).tolist(), **quality}

    return {
        "converged": converged,
        "accepted": False,
        "verdict": "all checks passed" if converged else "ensembles disagree",
        "reasons": [] if converged else ["split R-hat of g is 1.31 (limit 1.005)", "tau of chi: N = 4.4 tau"],
        "advice": [] if converged else ["run on: about 40 000 more steps", "look at region fractions per ensemble"],
        "limits": {"max_rhat": 1.005, "target_ess": 5000.0, "tail_ess": 2500.0, "steps_per_tau": 50.0},
        "acceptance": {"overall": 0.31, "per_ensemble": [0.31] * n_ensembles},
        "n_ensembles": n_ensembles,
        "n_walkers": 64,
        "n_steps": 4000,
        "evaluations": 1_024_000,
        "quantities": quantities,
        "regions": {
            "below_resonance": region(low),
            "above_resonance": region(~low),
        },
    }


_CONFIG = """\
model:
  name: anomaly_free
  reading: paper
  dark_matter: majorana
  charges: kinetic_mixing
  lambda_uv_gev: 1.0e+9
parameters:
  g: {log_uniform: [1.0e-3, 3.5]}
  chi: {log_uniform: [1.0e-8, 1.0e-1]}
  lambda: {log_uniform: [1.0e-4, 3.5]}
  m_soft_tev: {log_uniform: [0.1, 100]}
  gamma: {normal: [1.0, 0.2], bounds: [0.2, 1.6]}
  rho_sun_gev_cm3: {log_normal: {median: 0.3, dex: 0.15}}
  f_ps: {normal: [0.967, 0.022], bounds: [0, 1]}
  r_s_kpc: {fixed: 20}
  r_sun_kpc: {fixed: 8.5}
galaxy: {profile: gnfw, aperture_deg: 15, velocity: jeans}
likelihoods:
  flux_511kev: {era: "2008"}
  relic_abundance: {era: "2008"}
  electron_g2: {era: "2008"}
  kinetic_mixing: {}
sampler: {ensembles: 4, walkers: 64}
"""
