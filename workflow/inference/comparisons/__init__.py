"""Several runs side by side.

Input: posteriors, diagnostics and evidences of runs. Output: the verdict page and the page of rival hypotheses. The
entries are ``verdict`` and ``hypotheses``.
"""
