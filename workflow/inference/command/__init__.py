"""The command line: one function for each step, which parses, calls one function and writes.

Input: arguments. Output: the artefacts of the step and an exit code. The entry is ``parser.main``.
"""
