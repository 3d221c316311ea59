"""Several runs side by side.

Enters: posteriors, diagnostics and evidences of runs. Leaves: the verdict page and the page of rival hypotheses. The
faces are ``verdict`` and ``hypotheses``.
"""
