"""Whether the chains can be believed.

Enters: chains and a posterior. Leaves: diagnostics, the evidence, and the same posterior by other methods. The face is
``convergence.diagnose_run``.
"""
