"""Searches for U: beam dumps, missing energy, resonances, and the cooling of supernovae.

Input: mass, couplings and widths of U at n points, and the published parameters of experiments. Output: expected
events and excluded couplings. The entry is ``dump_yields.tabulate``.
"""
