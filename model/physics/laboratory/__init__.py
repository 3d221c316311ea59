"""Precision measurements on Earth: what U and dark matter do to electrons, muons, nuclei and quarkonia.

Input: mass, couplings and widths of U at n points. Output: shifts of precision observables and scattering rates. The
entry is ``magnetic_moment``.
"""
