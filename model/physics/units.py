"""The only conversions between natural and laboratory units."""

from model.physics.constants import HBAR_C_MEV_CM, LIGHT_SPEED_CM_S

MEV_PER_GEV = 1.0e3
GEV_PER_TEV = 1.0e3
CM2_PER_MEV_MINUS2 = HBAR_C_MEV_CM**2  # cross-section: 1 MeV^-2 = 3.894e-22 cm^2
CM3_S_PER_MEV_MINUS2 = HBAR_C_MEV_CM**2 * LIGHT_SPEED_CM_S  # sigma v: 1 MeV^-2 = 1.16733e-11 cm^3/s
SECONDS_TIMES_MEV = HBAR_C_MEV_CM / LIGHT_SPEED_CM_S  # hbar [MeV s]
G_PER_MEV = 1.78266192e-27  # CODATA 2022
CM2_G_PER_MEV_MINUS3 = CM2_PER_MEV_MINUS2 / G_PER_MEV  # sigma/m: 1 MeV^-3 in cm^2/g
