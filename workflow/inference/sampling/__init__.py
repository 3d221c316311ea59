"""From a posterior to converged chains.

Enters: a batched log-density. Leaves: chain files of independent ensembles, and the global proposal. The face is
``ensembles.run``.
"""
