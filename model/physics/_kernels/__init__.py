"""Numba loops only: float64 in and out, no imports of ours, every constant an argument."""
