"""Nuisance parameters of the halo and of positronium, for tests that need some and do not care which."""

NUISANCES = {
    "gamma": 1.0,
    "r_s_kpc": 20.0,
    "rho_sun_gev_cm3": 0.3,
    "r_sun_kpc": 8.5,
    "einasto_alpha": 0.17,
    "baryon_scale": 1.0,
    "f_ps": 0.967,
}
