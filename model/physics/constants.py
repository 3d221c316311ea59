"""Constants of nature with source and unit on each line. Natural units, MeV, unless the name says otherwise."""

import math

# CODATA 2022 (physics.nist.gov/constants)
ALPHA = 1.0 / 137.035999177  # fine-structure constant at zero momentum [1]
ELECTRON_MASS = 0.51099895069  # [MeV]
MUON_MASS = 105.6583755  # [MeV]
HBAR_C_MEV_CM = 197.3269804e-13  # hbar c [MeV cm], exact in the 2019 SI to the digits given
LIGHT_SPEED_CM_S = 2.99792458e10  # exact
LIGHT_SPEED_KM_S = 2.99792458e5  # exact
BOLTZMANN_MEV_K = 8.617333262e-11  # [MeV/K], exact in the 2019 SI to the digits given
FERMI_CONSTANT = 1.1663787e-11  # G_F / (hbar c)^3 [MeV^-2]
PLANCK_MASS = 1.220890e22  # G^-1/2 [MeV]
NEWTON_KPC_KM2_S2_MSUN = 4.30091e-6  # G [kpc (km/s)^2 / Msun]: CODATA G with the IAU nominal GM_sun

# Particle Data Group 2024
TAU_MASS = 1776.93  # [MeV]
CHARGED_PION_MASS = 139.57039  # [MeV]
Z_MASS = 91187.6  # [MeV] PDG 2024 (91.1876 +- 0.0021 GeV)
SIN2_THETA_W = 0.2312  # effective weak mixing angle, MS-bar at m_Z (docs/physics/model.md 1)
INVERSE_ALPHA_MZ = 127.95  # MS-bar at m_Z (docs/physics/model.md 1)
CMB_TEMPERATURE_K = 2.7255  # Fixsen 2009, arXiv:0911.1955

# Astronomy (IAU 2012/2015 resolutions)
KPC_CM = 3.0856775814913673e21  # [cm]
SOLAR_MASS_GEV = 1.115417e57  # solar mass times c^2 [GeV]: 1.98841e33 g

# Derived
COS_THETA_W = math.sqrt(1.0 - SIN2_THETA_W)
SIN_THETA_W = math.sqrt(SIN2_THETA_W)
E_CHARGE = math.sqrt(4.0 * math.pi * ALPHA)  # at zero momentum: low-energy couplings
HYPERCHARGE_COUPLING2_MZ = 4.0 * math.pi / INVERSE_ALPHA_MZ / (1.0 - SIN2_THETA_W)  # g'^2 at m_Z: 0.1277
