"""Whether chains have converged, by their draws alone.

Enters: draws of quantities and indicators of regions, (ensembles, steps, walkers) each. Leaves: autocorrelation times,
effective sample sizes, R-hat, and a verdict. The face is ``diagnostics.diagnose``.
"""
