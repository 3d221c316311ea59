"""What U does to experiments on Earth, and to supernovae.

Enters: mass, couplings and widths of U at n points, and the published parameters of experiments. Leaves: shifts of
precision observables, and expected events of searches. The face of the searches is ``dump_yields.tabulate``.
"""
