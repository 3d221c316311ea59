"""The thermal bath, freeze-out and the cosmological observables.

Input: spectrum, couplings and widths at n points, and the thermal history. Output: the relic abundance, N_eff,
primordial abundances, kinetic decoupling and the energy injected at recombination. The entry is
``freeze_out.relic_abundance``.
"""
