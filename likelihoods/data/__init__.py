"""Readers of the measurements, each beside its YAML file.

Enters: YAML with value, error, unit, source and verification tag. Leaves: frozen records that the likelihoods use. The
face is ``measurements.measurements``.
"""
