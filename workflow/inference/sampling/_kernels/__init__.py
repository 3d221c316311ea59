"""Numba loops of the inference, and nothing else."""
