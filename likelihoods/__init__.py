"""Prediction to log-likelihood: a config can name each file directly in this folder without a leading underscore.

Each defines ``class Likelihood``, a frozen dataclass whose fields are its options. Its members are those of
``workflow.inference.posterior.contracts.Likelihood``:

- ``parameters``: its own nuisance parameters (usually none),
- ``needs``: the members of ``Prediction`` that it reads, exactly,
- ``requires``: the tables that it asks for (usually ``NOTHING``),
- ``era``: the era of its data,
- ``data``: its measurements that are numbers of a prediction,
- ``experiments(prediction) -> {name: (n,)}``: its terms where it is a sum, else ``_statistics.undivided``,
- ``log_likelihood(prediction) -> (n,)``: 0 is a perfect fit, -inf is forbidden, NaN never happens.
"""
