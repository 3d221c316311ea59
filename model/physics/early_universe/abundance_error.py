r"""How far the computed relic abundance may be from the true one, effect by effect.

The solver's own error is some 1e-4, but a run may leave effects out, and others are known with a finite accuracy. Each
has a relative size at each point, and the sizes are added in quadrature (docs/physics/early_universe.md 10).

- An effect that an option of `CosmologySettings` leaves out has the size of its neglect: the abundance is computed
again with
  that option alone set to its best value.
- ``hadronic_cross_section``: :math:`\Omega \propto 1/\langle\sigma v\rangle`, so the uncertainty of R(s) times the
fraction of
  the annihilation that it describes.
- ``hadron_gas``: the degrees of freedom of an ideal gas of hadrons at freeze-out are 1 % low at 100 MeV and 8 % at 140
MeV, and
  :math:`\Omega \propto g_*^{-1/2}`.
- ``bath``: what is left out of the bath everywhere.
"""

from collections.abc import Mapping

import numpy as np

from model.physics.early_universe.kinetic_decoupling import X_FREEZE_OUT
from model.physics.hidden_sector import annihilation, hadronic_cross_section
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum, Widths

# The floor: electromagnetic corrections to the pressure of electrons and photons (0.1 % of g_* at 1 MeV, Bennett et
# al., 1911.04504 [M]) and the temperature at which neutrinos decouple, 1.8 to 3 MeV (0.05 % of Omega).
BATH = 2.0e-3
# Deficit of the ideal gas of hadrons in g_* against temperature [MeV], linear between (docs/physics/early_universe.md
# 1).
HADRON_GAS_TEMPERATURE = (70.0, 100.0, 140.0)
HADRON_GAS_DEFICIT = (0.0, 0.01, 0.08)


def uncertainties(
    spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter
) -> dict[str, Array]:
    """Relative size [1] of what no option accounts for, by name, each (n,).

    Parameters
    ----------
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    """
    temperature = spectrum.m_dm / X_FREEZE_OUT
    deficit = np.interp(temperature, HADRON_GAS_TEMPERATURE, HADRON_GAS_DEFICIT)
    return {
        "hadronic_cross_section": _hadronic(spectrum, couplings, widths, dark_matter),
        "hadron_gas": 0.5 * deficit,
        "bath": np.full_like(spectrum.m_dm, BATH),
    }


def _hadronic(spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter) -> Array:
    """Uncertainty of R(s) at the typical energy of freeze-out, times the fraction of annihilations into hadrons.

    The energy is that of a pair with the mean kinetic energy, 3T/2 each. Pairs of U are not among the annihilations, so
    that the fraction is an upper bound where they are open.
    """
    s = (2.0 * spectrum.m_dm * (1.0 + 1.5 / X_FREEZE_OUT)) ** 2
    inputs = spectrum, couplings, widths, dark_matter
    every = annihilation.sigma_v(s, *inputs)
    fraction = np.zeros_like(every)
    np.divide(annihilation.sigma_v_hadrons(s, *inputs), every, out=fraction, where=every > 0.0)
    return fraction * hadronic_cross_section.relative_uncertainty(s, couplings)


def total(sizes: Mapping[str, Array]) -> Array:
    """The sizes of `Prediction.abundance_errors` added in quadrature [1], shape (n,)."""
    result: Array = np.sqrt(sum(size**2 for size in sizes.values()))
    return result
