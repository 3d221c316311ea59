"""Compiled loops of this folder: plain functions of arrays that import nothing of this repository."""
