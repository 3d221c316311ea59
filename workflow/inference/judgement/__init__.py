"""Whether the chains can be believed.

Input: chains and a posterior. Output: diagnostics, the evidence, and the same posterior by other methods. The entry is
``convergence.diagnose_run``.
"""
