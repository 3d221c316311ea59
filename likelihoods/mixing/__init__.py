"""Experiments that bound the kinetic mixing: their entries and the points of a prediction enter, ln L of each leaves.

The face of the room is ``experiments.py``.
"""
