"""Model, observables and likelihoods at given points, as named columns."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.physics.domain import REASONS
from model.physics.early_universe.kinetic_decoupling import decouples_before_freeze_out
from model.physics.galaxy.annuli import EDGES_DEG
from model.physics.hidden_sector import annihilation, z_mixing
from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.searches.supernova_trapping import trapped
from model.physics.units import CM3_S_PER_MEV_MINUS2
from workflow.inference.posterior.posterior import Posterior

# below, dark matter in equilibrium heats the e-gamma bath by more than about 1 % (docs/physics/early_universe.md 4)
BATH_MASS_MEV = 20.0
SELF_INTERACTION_CM2_G = 1.0  # cluster scale (docs/physics/cross_sections.md 5)


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

# Known at valid points, where a likelihood of the run asks for the sky in annuli.
ANNULI = tuple(
    Column(f"annulus_511_{a:g}_{b:g}_ph_cm2_s", "ph/cm^2/s", rf"\Phi_{{511}}^{{{a:g}-{b:g}\,{{\rm deg}}}}", True)
    for a, b in itertools.pairwise(EDGES_DEG)
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
    Column("injection_energy_mev", "MeV", r"E_k", True),
    Column("circular_speed_km_s", "km/s", r"v_c(R_0)", False),
    Column("delta_a_e", "1", r"\Delta a_e", True),
    Column("delta_a_mu", "1", r"\Delta a_\mu", True),
    Column("m_w_gev", "GeV", "m_W", False),
    Column("n_eff", "1", r"N_{\rm eff}", False),
    Column("helium_y_p", "1", r"Y_{\rm p}", False),
    Column("deuterium_d_h", "1", r"{\rm D/H}", False),
    Column("delta_rho", "1", r"\delta\rho", False),
    Column("g_v_e_mixing", "1", r"g_V^e", False),
    Column("g_a_e_mixing", "1", r"g_A^e", False),
    Column("g_nu_mixing", "1", r"g_\nu", False),
    Column("relic_fraction", "1", r"\Omega/\Omega_{\rm DM}", True),
    Column("p_ann_cm3_s_gev", "cm^3/s/GeV", r"p_{\rm ann}", True),
    Column("sigma_si_cm2_g", "cm^2/g", r"\sigma_{\rm SI}/m", True),
    Column("sigma_e_cm2", "cm^2", r"\sigma_e", True),
    Column("t_kd_mev", "MeV", r"T_{\rm kd}", True),
    Column("m_cut_msun", "Msun", r"M_{\rm cut}", True),
    Column("weak_charge_shift", "1", r"\Delta Q_W", False),
    Column("sn1987a_optical_depth", "1", r"\tau_{\rm SN}", True),
    Column("sn1987a_trapped", "1", r"\tau_{\rm SN} > 3", False),
    Column("coupling_product_window", "1", r"g_{UXX}g_{Uee}(10\,{\rm MeV}/m_U)^2", True),
    Column("coupling_hierarchy", "1", r"g_{UXX}/g_{Uee}", True),
)

# Those of a hypothesis about the positrons alone.
LINE = ("flux_511_bulge_ph_cm2_s", "positron_rate_s", "injection_energy_mev", "circular_speed_km_s")

# 0 or 1 at valid points: where an effect that the run neglects would matter.
FLAGS = (
    Column("xx_to_uu_matters", "1", r"XX\to UU", False),
    Column("self_interaction_above_1_cm2_g", "1", r"\sigma_{\rm SI}/m > 1\,{\rm cm^2/g}", False),
    Column("heats_the_bath", "1", r"m_{\rm DM} < 20\,{\rm MeV}", False),
    Column("kinetic_decoupling_before_freeze_out", "1", r"T_{\rm kd} > T_{\rm fo}", False),
)


@dataclass(frozen=True)
class Evaluation:
    """Columns of n points, each (n,) with NaN where a quantity does not exist, and why a point is invalid."""

    columns: dict[str, Array]
    valid: NDArray[np.bool_]
    reason: tuple[str, ...]


def derived(prediction: Prediction | LinePrediction) -> dict[str, Array]:
    """Every column of ``SPECTRUM``, ``OBSERVABLES`` and ``FLAGS``, each (n,), NaN where it does not exist.

    A hypothesis about the positrons alone has the columns of the line only.
    """
    valid = prediction.valid
    annuli = () if prediction.surroundings.annuli is None else ANNULI
    if isinstance(prediction, LinePrediction):
        result = {}
        names = [*LINE, *(column.name for column in annuli)]
        observed = _line(prediction.select(valid)) if valid.any() else {}
    else:
        result = _spectrum(prediction)
        names = [column.name for column in (*OBSERVABLES, *annuli, *FLAGS)]
        observed = _observables(prediction.select(valid)) if valid.any() else {}
    for name in names:
        result[name] = np.full(len(valid), np.nan)
        if name in observed:
            result[name][valid] = observed[name]
    return result


def _line(prediction: LinePrediction) -> dict[str, Array]:
    """The columns ``LINE`` and ``ANNULI`` of a prediction all of whose points are valid."""
    in_annuli = () if prediction.surroundings.annuli is None else zip(ANNULI, prediction.annuli_511kev.T, strict=True)
    return {
        "flux_511_bulge_ph_cm2_s": prediction.flux_511kev,
        "positron_rate_s": prediction.positron_rate,
        "injection_energy_mev": prediction.injection_energy,
        "circular_speed_km_s": prediction.circular_speed_km_s,
        **{column.name: flux for column, flux in in_annuli},
    }


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
    mixing = z_mixing.diagonalise(prediction.mixing_with_hypercharge, spectrum.m_u)
    g_l, g_r, g_nu = (mixing.coupling_u(*state) for state in ((-1.0, -0.5), (-1.0, 0.0), (0.0, 0.5)))
    g_e = np.sqrt(0.5 * (couplings.g_e_l**2 + couplings.g_e_r**2))
    in_annuli = () if prediction.surroundings.annuli is None else zip(ANNULI, prediction.annuli_511kev.T, strict=True)
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
        "injection_energy_mev": prediction.injection_energy,
        **{column.name: flux for column, flux in in_annuli},
        "circular_speed_km_s": prediction.circular_speed_km_s,
        "delta_a_e": prediction.delta_a_e,
        "delta_a_mu": prediction.delta_a_mu,
        "m_w_gev": prediction.m_w_gev,
        "n_eff": prediction.n_eff,
        "helium_y_p": prediction.primordial_helium,
        "deuterium_d_h": prediction.primordial_deuterium,
        "delta_rho": mixing.delta_rho,
        "g_v_e_mixing": 0.5 * (g_l + g_r),
        "g_a_e_mixing": 0.5 * g_nu,  # g_R - g_L of the electron: linear in charge and isospin
        "g_nu_mixing": g_nu,
        "relic_fraction": prediction.relic_fraction,
        "p_ann_cm3_s_gev": prediction.p_ann,
        "sigma_si_cm2_g": prediction.self_interaction,
        "sigma_e_cm2": prediction.sigma_e_cm2,
        "t_kd_mev": prediction.t_kd_mev,
        "m_cut_msun": prediction.m_cut_msun,
        "weak_charge_shift": prediction.weak_charge_shift,
        "sn1987a_optical_depth": prediction.sn1987a_optical_depth,
        "sn1987a_trapped": trapped(prediction.sn1987a_optical_depth),
        "coupling_product_window": couplings.g_dm * g_e * (10.0 / spectrum.m_u) ** 2,
        "coupling_hierarchy": couplings.g_dm / g_e,
        "xx_to_uu_matters": annihilation.u_pair_channel_matters(spectrum, couplings).astype(float),
        "self_interaction_above_1_cm2_g": (prediction.self_interaction > SELF_INTERACTION_CM2_G).astype(float),
        "heats_the_bath": (spectrum.m_dm < BATH_MASS_MEV).astype(float),
        "kinetic_decoupling_before_freeze_out": decouples_before_freeze_out(
            prediction.kinetic_decoupling, spectrum.m_dm
        ),
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
