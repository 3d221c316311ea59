"""The command line: one function for each step.

Enters: arguments. Leaves: the step's artefacts and an exit code. The face is ``parser``.
"""
