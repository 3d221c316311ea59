"""Precision measurements on Earth: what U and dark matter do to electrons, muons, nuclei and quarkonia.

Enters: mass, couplings and widths of U at n points. Leaves: shifts of precision observables and scattering rates. The
face is ``magnetic_moment``.
"""
