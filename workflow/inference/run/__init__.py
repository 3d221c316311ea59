"""From a config file to a posterior that is ready to evaluate.

Input: a YAML file and overrides. Output: a validated ``Config``, tables, and the posterior. The entries are
``config.load`` and ``assembly.build_posterior``.
"""
