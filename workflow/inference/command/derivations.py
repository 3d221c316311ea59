"""The page and section of docs/physics in which the equation of each column is derived."""

import fnmatch

# A name or a pattern; the first that fits counts.
_SECTIONS = {
    "m_dm_mev": "model 3",
    "m_u_mev": "model 3",
    "m_rad_mev": "model 2",
    "m_scalar_mev": "model 3",
    "mass_ratio": "model 3",
    "g_dm": "model 4",
    "g_e_*": "model 4",
    "epsilon": "kinetic_mixing 6",
    "width_u_mev": "cross_sections 2",
    "br_u_*": "cross_sections 2",
    "sigma_v_*": "cross_sections 1",
    "j_*": "galaxy 3",
    "circular_speed_km_s": "galaxy 1",
    "omega_h2": "early_universe 2",
    "omega_h2_relative_error": "early_universe 3",
    "omega_h2_*error*": "early_universe 10",
    "relic_fraction": "early_universe 2",
    "annulus_511_*": "galaxy 5",
    "fwhm_511_deg": "galaxy 3",
    "flux_511_*": "galaxy 4",
    "positron_rate_s": "galaxy 4",
    "injection_energy_mev": "galaxy 7",
    "positron_fraction_at_rest": "galaxy 6",
    "n_eff": "early_universe 5",
    "helium_y_p": "early_universe 6",
    "deuterium_d_h": "early_universe 6",
    "p_ann_*": "early_universe 7",
    "t_kd_mev": "early_universe 8",
    "m_cut_msun": "early_universe 8",
    "delta_a_*": "laboratory 1",
    "m_w_gev": "laboratory 2",
    "delta_rho": "kinetic_mixing 6",
    "*_mixing": "kinetic_mixing 6",
    "delta_g_z_*": "kinetic_mixing 6",
    "weak_charge_shift": "laboratory 3",
    "sigma_si_*": "cross_sections 5",
    "self_interaction_*": "cross_sections 5",
    "sigma_e_cm2": "laboratory 6",
    "sn1987a_*": "kinetic_mixing 7",
    "coupling_*": "model 6",
    "landau_pole_*": "consistency 3",
    "m_d_term_mev": "consistency 2",
    "m_bino_loop_mev": "consistency 2",
    "m_gauge_mediated_mev": "consistency 2",
    "d_term_over_radiative": "consistency 2",
    "lsp_*": "consistency 5",
    "u_flight_m": "consistency 5",
    "xx_to_uu_matters": "cross_sections 4",
    "heats_the_bath": "early_universe 4",
    "kinetic_decoupling_before_freeze_out": "early_universe 8",
    "initial_abundance_matters": "early_universe 11",
}


def derivation_of(column: str) -> str:
    """Page and section in which a column is derived, such as ``docs/physics/galaxy.md 4``; empty if there is none."""
    for pattern, place in _SECTIONS.items():
        if fnmatch.fnmatchcase(column, pattern):
            page, section = place.split(" ")
            return f"docs/physics/{page}.md {section}"
    return ""
