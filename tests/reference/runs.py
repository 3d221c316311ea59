"""Where the project is, and the runs that it ships."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED_CONFIGS = sorted(path.stem for path in (ROOT / "config").glob("*.yaml"))
LINE_CONFIGS = [name for name in SHIPPED_CONFIGS if name.startswith("line_")]  # hypotheses about the positrons alone
VECTOR_CONFIGS = [name for name in SHIPPED_CONFIGS if name not in LINE_CONFIGS]
OWN_COORDINATES = [name for name in VECTOR_CONFIGS if not name.startswith("spectrum_")]  # the model has coordinates

# Columns of `mevdm evaluate` that others script against
PUBLIC_COLUMNS = (
    "m_dm_mev",
    "m_u_mev",
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
    "delta_a_e",
    "n_eff",
    "sigma_si_cm2_g",
    "log_prior",
    "log_posterior",
)
LINE_COLUMNS = ("flux_511_bulge_ph_cm2_s", "positron_rate_s", "injection_energy_mev", "circular_speed_km_s")
