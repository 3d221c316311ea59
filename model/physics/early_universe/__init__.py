"""The thermal bath, freeze-out and what cosmology measures of it.

Enters: spectrum, couplings and widths at n points, and the thermal history. Leaves: the relic abundance, N_eff,
primordial abundances, kinetic decoupling and the energy injected at recombination. The face is
``freeze_out.relic_abundance``.
"""
