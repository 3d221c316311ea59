"""Estimates from chains: draws, intervals, regions and best fits.

Input: chains and a posterior. Output: ``posterior.nc``, summaries and profile likelihoods. The entries are
``combine.combine`` and ``posterior_file.read``.
"""
