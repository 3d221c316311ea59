"""Priors, model and likelihoods as one batched log-density.

Input: values of the parameters at n points. Output: the log-posterior in sampling coordinates, and every observable.
The entry is ``posterior.Posterior``.
"""
