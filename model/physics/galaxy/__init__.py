"""The Milky Way's dark halo and the integrals over it.

Input: halo parameters at n points. Output: densities, speeds and J-factors in cones and annuli. The entry is
``j_factor.tabulate``.
"""
