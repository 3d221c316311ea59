"""From a config file to a posterior that is ready to evaluate.

Enters: a YAML file and overrides. Leaves: a validated ``Config``, tables, and the posterior. The faces are
``config.load`` and ``assembly.build_posterior``.
"""
