"""How artefacts are written: bytes, labels, numbers and pages.

Input: values and names. Output: files that appear whole or not at all, and text with units. The entry is
``artefacts.write_bytes``.
"""
