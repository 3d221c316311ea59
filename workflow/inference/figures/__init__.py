"""Figures of a run.

Input: ``posterior.nc`` and the diagnostics. Output: PNG and PDF files. The entry is ``run_figures.write_figures``.
"""
