"""Masses, couplings, widths and cross-sections of the hidden sector.

Enters: the parameters of a model at n points. Leaves: spectrum, couplings to visible fields, partial widths of U, and
cross-sections. The face is ``annihilation``.
"""
