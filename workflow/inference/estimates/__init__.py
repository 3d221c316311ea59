"""From chains to what they say: draws, intervals, regions and best fits.

Enters: chains and a posterior. Leaves: ``posterior.nc``, summaries and profile likelihoods. The faces are
``combine.combine`` and ``posterior_file.read``.
"""
