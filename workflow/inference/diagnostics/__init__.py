"""Convergence of chains, judged by their draws alone.

Input: draws of quantities and indicators of regions, (ensembles, steps, walkers) each. Output: autocorrelation times,
effective sample sizes, R-hat, and a verdict. The entry is ``diagnostics.diagnose``.
"""
