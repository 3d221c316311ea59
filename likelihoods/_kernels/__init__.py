"""Compiled loops of the likelihoods: plain functions of arrays that import nothing of this repository."""
