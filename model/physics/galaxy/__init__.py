"""The Milky Way's dark halo and the integrals over it.

Enters: halo parameters at n points. Leaves: densities, speeds and J-factors in cones and annuli. The face is
``j_factor.tabulate``.
"""
