"""Several runs side by side.

Input: posteriors, diagnostics and evidences of runs. Output: the first page of the default job, the verdict page and
the page of rival hypotheses. The entries are ``first_page``, ``verdict`` and ``hypotheses``.
"""
