"""Compiled loops of the sampling: plain functions of arrays that import nothing of this repository."""
