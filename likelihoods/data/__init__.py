"""Readers of the measurements, each beside its YAML file.

Input: YAML with value, error, unit, source and verification tag. Output: frozen records that the likelihoods use. The
entry is ``measurements.measurements``.
"""
