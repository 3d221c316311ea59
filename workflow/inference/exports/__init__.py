"""The draws and the numbers of a run in the formats of other programs.

Input: ``posterior.nc``, and diagnostics and evidence where they exist. Output: files that GetDist, ArviZ, bilby,
pandas, HEPData and LaTeX read. The entry is ``export.export``.
"""
