"""Priors, model and likelihoods as one batched log-density.

Enters: values of the parameters at n points. Leaves: the log-posterior in sampling coordinates, and every observable.
The face is ``posterior.Posterior``.
"""
