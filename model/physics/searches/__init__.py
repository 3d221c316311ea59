"""Searches for U: beam dumps, missing energy, resonances, and the cooling of supernovae.

Enters: mass, couplings and widths of U at n points, and the published parameters of experiments. Leaves: expected
events and excluded couplings. The face is ``dump_yields.tabulate``.
"""
