"""Figures of the physics and of the data that need no run.

Input: the physics and the tables. Output: PNG and PDF files, and the table of published edges. The entry is ``atlas``.
"""
