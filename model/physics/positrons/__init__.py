"""From sources of positrons to the 511 keV line and the continuum beside it.

Input: J-factors and production rates at n points. Output: fluxes of the line, and spectra of annihilation in flight
and of internal bremsstrahlung. The entry is ``line_511kev``.
"""
