"""Compiled loops of this room; plain functions of arrays that import nothing of ours."""
