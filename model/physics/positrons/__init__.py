"""From sources of positrons to the 511 keV line and the continuum beside it.

Enters: J-factors and production rates at n points. Leaves: fluxes of the line, and spectra of annihilation in flight
and of internal bremsstrahlung. The face is ``line_511kev``.
"""
