"""Model, observables and likelihoods at given points, as named columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.physics import annihilation, kinetic_mixing
from model.physics.domain import REASONS
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.units import CM3_S_PER_MEV_MINUS2
from workflow.inference.posterior import Posterior

BATH_MASS_MEV = 20.0  # below, dark matter in equilibrium heats the e-gamma bath by more than about 1 % (theory.md 5 iv)
SELF_INTERACTION_CM2_G = 1.0  # cluster scale (theory.md 7)


class Column(NamedTuple):
    """A derived quantity: name, unit, LaTeX label, whether its natural axis is logarithmic where it is positive."""

    name: str
    unit: str
    label: str
    logarithmic: bool


# Known at every point that has a spectrum.
SPECTRUM = (
    Column("m_dm_mev", "MeV", r"m_{\rm DM}", True),
    Column("m_u_mev", "MeV", "m_U", True),
    Column("m_rad_mev", "MeV", r"|m_{\rm rad}|", True),
    Column("m_scalar_mev", "MeV", r"m_{\rm scalar}", True),
    Column("mass_ratio", "1", r"m_U/m_{\rm DM}", True),
    Column("g_dm", "1", r"g_{UXX}", True),
    Column("g_e_l", "1", r"g_{Ue_L}", False),
    Column("g_e_r", "1", r"g_{Ue_R}", False),
    Column("epsilon", "1", r"\epsilon", True),
)

# Known at valid points only.
OBSERVABLES = (
    Column("width_u_mev", "MeV", r"\Gamma_U", True),
    Column("br_u_ee", "1", r"{\rm BR}(U\to e^+e^-)", False),
    Column("br_u_mumu", "1", r"{\rm BR}(U\to\mu^+\mu^-)", False),
    Column("br_u_hadrons", "1", r"{\rm BR}(U\to{\rm hadrons})", False),
    Column("br_u_invisible", "1", r"{\rm BR}(U\to{\rm DM})", False),
    Column("sigma_v_s_cm3_s", "cm^3/s", r"a", True),
    Column("sigma_v_p_cm3_s", "cm^3/s", r"b", True),
    Column("j_s_gev2_cm5", "GeV^2/cm^5", r"J_s", True),
    Column("j_p_gev2_cm5", "GeV^2/cm^5", r"J_p", True),
    Column("j_decay_gev_cm2", "GeV/cm^2", r"J_{\rm decay}", True),
    Column("sigma_v_bulge_cm3_s", "cm^3/s", r"\langle\sigma v\rangle_{\rm bulge}", True),
    Column("omega_h2", "1", r"\Omega h^2", True),
    Column("omega_h2_relative_error", "1", r"\delta\Omega/\Omega", True),
    Column("flux_511_bulge_ph_cm2_s", "ph/cm^2/s", r"\Phi_{511}", True),
    Column("positron_rate_s", "1/s", r"\dot N_{e^+}", True),
    Column("delta_a_e", "1", r"\Delta a_e", True),
    Column("delta_a_mu", "1", r"\Delta a_\mu", True),
    Column("m_w_gev", "GeV", "m_W", False),
    Column("delta_rho", "1", r"\delta\rho", False),
    Column("g_v_e_mixing", "1", r"g_V^e", False),
    Column("g_a_e_mixing", "1", r"g_A^e", False),
    Column("g_nu_mixing", "1", r"g_\nu", False),
    Column("sigma_si_cm2_g", "cm^2/g", r"\sigma_{\rm SI}/m", True),
    Column("coupling_product_window", "1", r"g_{UXX}g_{Uee}(10\,{\rm MeV}/m_U)^2", True),
    Column("coupling_hierarchy", "1", r"g_{UXX}/g_{Uee}", True),
)

# 0 or 1 at valid points: where an effect that the run neglects would matter.
FLAGS = (
    Column("xx_to_uu_matters", "1", r"XX\to UU", False),
    Column("self_interaction_above_1_cm2_g", "1", r"\sigma_{\rm SI}/m > 1\,{\rm cm^2/g}", False),
    Column("heats_the_bath", "1", r"m_{\rm DM} < 20\,{\rm MeV}", False),
)


@dataclass(frozen=True)
class Evaluation:
    """Columns of n points, each (n,) with NaN where a quantity does not exist, and why a point is invalid."""

    columns: dict[str, Array]
    valid: NDArray[np.bool_]
    reason: tuple[str, ...]


def derived(prediction: Prediction) -> dict[str, Array]:
    """Every column of ``SPECTRUM``, ``OBSERVABLES`` and ``FLAGS``, each (n,), NaN where it does not exist."""
    result = _spectrum(prediction)
    valid = prediction.valid
    n = len(valid)
    observed = _observables(prediction.select(valid)) if valid.any() else {}
    for column in (*OBSERVABLES, *FLAGS):
        values = np.full(n, np.nan)
        if column.name in observed:
            values[valid] = observed[column.name]
        result[column.name] = values
    return result


def _spectrum(prediction: Prediction) -> dict[str, Array]:
    spectrum, couplings = prediction.spectrum, prediction.couplings
    with np.errstate(invalid="ignore", divide="ignore"):  # invalid points may hold a zero mass
        ratio = spectrum.m_u / spectrum.m_dm
    return {
        "m_dm_mev": spectrum.m_dm,
        "m_u_mev": spectrum.m_u,
        "m_rad_mev": spectrum.m_rad,
        "m_scalar_mev": spectrum.m_scalar,
        "mass_ratio": ratio,
        "g_dm": couplings.g_dm,
        "g_e_l": couplings.g_e_l,
        "g_e_r": couplings.g_e_r,
        "epsilon": couplings.epsilon,
    }


def _observables(prediction: Prediction) -> dict[str, Array]:
    """Observables and flags of a prediction all of whose points are valid."""
    spectrum, couplings, widths = prediction.spectrum, prediction.couplings, prediction.widths
    total = widths.total
    mixing = kinetic_mixing.diagonalise(prediction.mixing_with_hypercharge, spectrum.m_u)
    g_l, g_r, g_nu = (mixing.coupling_u(*state) for state in ((-1.0, -0.5), (-1.0, 0.0), (0.0, 0.5)))
    g_e = np.sqrt(0.5 * (couplings.g_e_l**2 + couplings.g_e_r**2))
    return {
        "width_u_mev": total,
        "br_u_ee": widths.electrons / total,
        "br_u_mumu": widths.muons / total,
        "br_u_hadrons": widths.hadrons / total,
        "br_u_invisible": widths.dark_matter / total,
        "sigma_v_s_cm3_s": prediction.cross_section.s_wave * CM3_S_PER_MEV_MINUS2,
        "sigma_v_p_cm3_s": prediction.cross_section.p_wave * CM3_S_PER_MEV_MINUS2,
        "j_s_gev2_cm5": prediction.j_factors.s_wave,
        "j_p_gev2_cm5": prediction.j_factors.p_wave,
        "j_decay_gev_cm2": prediction.j_factors.decay,
        "sigma_v_bulge_cm3_s": prediction.sigma_v_bulge,
        "omega_h2": prediction.omega_h2,
        "omega_h2_relative_error": prediction.relic_abundance.relative_error,
        "flux_511_bulge_ph_cm2_s": prediction.flux_511kev,
        "positron_rate_s": prediction.positron_rate,
        "delta_a_e": prediction.delta_a_e,
        "delta_a_mu": prediction.delta_a_mu,
        "m_w_gev": prediction.m_w_gev,
        "delta_rho": mixing.delta_rho,
        "g_v_e_mixing": 0.5 * (g_l + g_r),
        "g_a_e_mixing": 0.5 * g_nu,  # g_R - g_L of the electron: linear in charge and isospin
        "g_nu_mixing": g_nu,
        "sigma_si_cm2_g": prediction.self_interaction,
        "coupling_product_window": couplings.g_dm * g_e * (10.0 / spectrum.m_u) ** 2,
        "coupling_hierarchy": couplings.g_dm / g_e,
        "xx_to_uu_matters": annihilation.u_pair_channel_matters(spectrum, couplings).astype(float),
        "self_interaction_above_1_cm2_g": (prediction.self_interaction > SELF_INTERACTION_CM2_G).astype(float),
        "heats_the_bath": (spectrum.m_dm < BATH_MASS_MEV).astype(float),
    }


def evaluate(posterior: Posterior, values: Mapping[str, Array]) -> Evaluation:
    """Everything the project knows of n points.

    Parameters
    ----------
    posterior : Posterior
        Model, likelihoods and priors.
    values : mapping of str to (n,) array
        Every parameter, fixed ones included, in physical units.

    Returns
    -------
    Evaluation
        Columns: inputs, ``SPECTRUM``, ``OBSERVABLES``, ``FLAGS``, ``log_prior`` (density in the priors' own
        coordinates), ``loglike_<likelihood>``, ``loglike_<likelihood>.<experiment>``, ``log_posterior``.
    """
    prediction = posterior.model.predict(values, posterior.surroundings)
    columns = dict(values) | derived(prediction)
    columns["log_prior"] = log_prior(posterior, values)
    terms = posterior.log_likelihoods_of(prediction)
    valid = prediction.valid
    for k, (name, likelihood) in enumerate(posterior.likelihoods.items()):
        columns[f"loglike_{name}"] = terms[:, k]
        experiments = getattr(likelihood, "experiments", None)
        if experiments is not None:
            for experiment in experiments(prediction.select(np.zeros_like(valid))):
                columns[f"loglike_{name}.{experiment}"] = np.full(len(valid), -np.inf)
            if valid.any():
                for experiment, term in experiments(prediction.select(valid)).items():
                    columns[f"loglike_{name}.{experiment}"][valid] = term
    columns["log_posterior"] = np.where(valid, columns["log_prior"] + terms.sum(axis=1), -np.inf)
    return Evaluation(columns, valid, tuple(REASONS[code] for code in prediction.reason))


def log_prior(posterior: Posterior, values: Mapping[str, Array]) -> Array:
    """Log-density of the priors in their own coordinates (log10 for log-uniform and log-normal), shape (n,)."""
    total = np.zeros(len(next(iter(values.values()))))
    for name, prior in posterior.priors.items():
        total = total + prior.log_density(prior.to_coordinate(values[name]))
    return total
