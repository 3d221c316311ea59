"""Masses, couplings, widths and cross-sections of the hidden sector.

Input: the parameters of a model at n points. Output: spectrum, couplings to visible fields, partial widths of U, and
cross-sections. The entry is ``annihilation``.
"""
