"""How artefacts are written: bytes, labels, numbers and pages.

Enters: values and names. Leaves: files that appear whole or not at all, and text with units. The face is
``artefacts.write_bytes``.
"""
