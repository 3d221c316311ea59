"""From a posterior to converged chains.

Input: a batched log-density. Output: chain files of independent ensembles, and the global proposal. The entry is
``ensembles.run``.
"""
