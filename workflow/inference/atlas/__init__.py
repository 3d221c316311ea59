"""Figures of the physics and of the data that need no run.

Enters: the physics and the tables. Leaves: PNG and PDF files, and the table of published edges. The face is ``atlas``.
"""
