"""Prediction to log-likelihood: a file directly in this folder, without a leading underscore, is one a config can name.

Each defines ``class Likelihood``, a frozen dataclass whose fields are its options, with

- ``parameters``: its own nuisance parameters (usually none),
- ``needs``: the observables of ``Prediction`` that it reads,
- ``log_likelihood(prediction) -> (n,)``: 0 is a perfect fit, -inf is forbidden, NaN never happens,
- optionally ``experiments(prediction) -> {name: (n,)}`` where it is a sum over experiments.
"""
