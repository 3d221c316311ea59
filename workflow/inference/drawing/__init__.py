"""How figures are drawn and written: style, ticks, corner plots, regions with names, and the files of a figure.

Input: posteriors and arrays. Output: figures of matplotlib, and PNG, PDF, SVG and CSV files. The entry is ``corner``.
"""
