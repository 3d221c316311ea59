"""The command line: one function for each step, which parses, calls one function and writes.

Enters: arguments. Leaves: the step's artefacts and an exit code. The face is ``parser.main``.
"""
