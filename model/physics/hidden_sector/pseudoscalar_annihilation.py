r"""Annihilation of dark matter into two massless pseudoscalars, X X -> a a, of the anomaly-free model as it is printed.

The potential of arXiv:0801.3686, Eq. (5), has the global symmetry X, X^c -> e^{i alpha}, S -> e^{-2 i alpha}. Its
breaking leaves the common phase of X and X^c as a massless boson a, with X = X^c = (w + rho/2) e^{i a/2w}. The light
multiplet has the mass m = sqrt2 lambda w, so its fermions couple to a and to the radial field rho, which has the same
mass m, with y = m/2w = lambda/sqrt2. With z = s/m^2 and L = artanh(beta)/beta, at tree level,

.. math::
    \sigma v &= \frac{y^4}{256\pi m^2 z}\left\{8 (z - 4L)\left[1 - \frac{2z}{z - 1}\right]
        + 8 (z - 4) \left(\frac{z}{z - 1}\right)^2\right\} \quad \text{(fermions)}, \\
    \sigma v &= \frac{y^4}{4\pi m^2}\frac{z}{(z - 1)^2} \quad \text{(the complex scalar S)}.

The first is the limit of `u_pair_annihilation` for longitudinal U bosons without gauge coupling. It is a p-wave: near
threshold lambda^4 v_rel^2 / (2400 m^2). X X -> a rho, which is open too, is left out: the true rate is higher.
"""

import numpy as np

from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum


def sigma_v(s: Array, spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter) -> Array:
    """Cross-section times v_rel for X X -> a a, with identical bosons counted once.

    Parameters
    ----------
    s : array
        Invariant mass squared [MeV^2], broadcastable against (n,).
    spectrum : Spectrum
        Masses [MeV], each (n,).
    couplings : Couplings
        Couplings [1], each (n,); only ``g_pseudoscalar`` counts.
    dark_matter : DarkMatter
        Spin of the dark matter.

    Returns
    -------
    array
        sigma v [MeV^-2]; zero below 4 m_X^2 and where a does not couple.
    """
    z = np.maximum(s / spectrum.m_dm**2, 4.0)
    radial = z / (z - 1.0)
    if dark_matter is DarkMatter.SCALAR:
        bracket = 64.0 * radial**2
    else:
        beta = np.sqrt(1.0 - 4.0 / z)
        safe = np.where(beta < 1e-3, 0.5, beta)
        log = np.where(beta < 1e-3, 1.0 + beta**2 / 3.0, np.arctanh(safe) / safe)
        bracket = np.maximum(8.0 * (z - 4.0 * log) * (1.0 - 2.0 * radial) + 8.0 * (z - 4.0) * radial**2, 0.0)
    cross_section = couplings.g_pseudoscalar**4 * bracket / (256.0 * np.pi * z * spectrum.m_dm**2)
    result: Array = np.where(s >= 4.0 * spectrum.m_dm**2, cross_section, 0.0)
    return result
