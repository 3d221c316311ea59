"""Figures of a run.

Enters: ``posterior.nc`` and the diagnostics. Leaves: PNG and PDF files. The face is ``run_figures.write_figures``.
"""
