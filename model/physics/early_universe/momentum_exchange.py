r"""Momentum exchange of dark matter with the particles of the early Universe by elastic scattering.

A gas of dark matter of temperature T_X in a bath of temperature T exchanges energy at the rate
:math:`d\langle E\rangle/dt = K (T - T_X)`, so that :math:`dT_X/dt = \gamma\,(T - T_X)` with

.. math::
    \gamma = \frac{K}{C}, \qquad K = \frac{\langle \Delta E^2\rangle}{2 T^2}, \qquad C = \frac{d\langle E\rangle}{dT},

where C is the heat capacity of a Maxwell-Juettner gas and :math:`\langle\Delta E^2\rangle` the mean square of the
energy that one particle gains or loses in a unit of time in equilibrium (the fluctuation-dissipation theorem). A pair
that moves with total momentum P has :math:`\Delta E^2 = P^2 \tau / 3 s` on average for a momentum transfer
:math:`\tau = -t`, and the average over classical gases (Gondolo, Gelmini 1991) is exact in both masses,

.. math::
    \langle\Delta E^2\rangle = \frac{2\pi^2 T^2 g_f}{(2\pi)^6 n_1} \int ds\,\frac{\lambda}{s}\,
        K_2\!\left(\frac{\sqrt s}{T}\right) \int_0^{\lambda/s} \tau\,\frac{d\sigma}{d\tau}\,d\tau, \qquad
    n_1 = \frac{m_X^2 T}{2\pi^2} K_2\!\left(\frac{m_X}{T}\right),

with g_f states of the target and :math:`\lambda = (s - (m_X + m_f)^2)(s - (m_X - m_f)^2)`. The amplitudes are those of
U exchange at tree level, with the axial and vector currents of dark matter (`DarkMatter.static_currents`: Majorana
dark matter has the axial one, the vector current of a scalar or Dirac particle is its charge, g P_L has half of each)
and of the target, and the longitudinal U between two axial currents. Their interference changes sign between a target
and its antiparticle. Pauli blocking and Fermi statistics enter as the ratio that they make for dark matter at rest,
where (Bringmann 2009, 0903.0189; Bringmann et al. 2016, 1603.04884)

.. math::
    \gamma_0 = \frac{g_X^2}{96 \pi^3 m_X T} \sum_f \int d\omega\, f (1 - f)
               \int_0^{4k^2} \frac{\tau\,d\tau}{(m_U^2 + \tau)^2} \left[a\,L_0 + b\,L_s\right],

    L_0 &= g_V^2 (8\omega^2 - 2\tau) + g_A^2 (8 k^2 - 2\tau), \\
    L_s &= g_V^2 (8 k^2 + 2\tau) + g_A^2 \left[8 k^2 + 24 m_f^2 + 2\tau + 8 m_f^2 \tau \left(\frac{2}{m_U^2}
           + \frac{\tau}{m_U^4}\right)\right].

Recoil matters: electrons carry momenta of about 6 T or m_e, which are not small against a dark-matter particle of an
MeV. U bosons lighter than 1.8 m_X scatter by the crossed amplitude of X X -> U U, as a classical gas in equilibrium;
heavier ones are gone. The exact rate is 0.1 to 0.3 of :math:`\gamma_0` for m_X = 1 MeV at T = 0.04 to 0.1 MeV and 0.8
of it at 20 MeV.
"""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model._deferred import deferred
from model.physics.constants import CHARGED_PION_MASS, ELECTRON_MASS, MUON_MASS
from model.physics.early_universe.thermal_history import ThermalHistory, neutrino_temperature
from model.physics.hidden_sector import u_pair_annihilation
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum

if TYPE_CHECKING:
    from scipy import special

    from model.physics.early_universe._kernels import elastic_scattering as kernel
else:
    special = deferred("scipy.special")
    kernel = deferred("model.physics.early_universe._kernels.elastic_scattering")

T_LOWEST, T_HIGHEST = 1.0e-5, 100.0  # [MeV]
TEMPERATURE = np.geomspace(T_LOWEST, T_HIGHEST, 202)  # ln T in steps of 0.08
STRIDE = 1  # of the temperatures of `exchange`: coarser ones miss where U bosons give way to electrons by 5 %

NONE = -1.0e4  # ln(gamma / MeV) of no rate at all

NEUTRINO_FLAVOURS = 3
PION_FORM_FACTOR = 775.0  # [MeV], the rho of a vector-dominance form factor

_U_MASS = np.geomspace(0.05, 5.0e3, 47)  # [MeV] of the tables of statistics, ln m_U in steps of 0.25
_KINETIC = np.exp(np.arange(-6.0, 4.3, 0.3))  # (omega - m_f)/T: the trapezoid rule in its logarithm
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_FEW = np.polynomial.legendre.leggauss(5)
_LOWEST_Z = 3.0  # of the series of K2
# m/T above which the heat capacity is its expansion, where that of Bessel functions loses its digits
_COLD = 200.0


class Exchange(NamedTuple):
    """Momentum exchange at the nodes ``temperature`` (k,) [MeV], uniform in their logarithm.

    ``ln_gamma`` (n, k) is ln(gamma / MeV) and ``pull`` (n, k) the temperature to which the bath drives dark matter,
    over that of the photons: below 1 where neutrinos take part.
    """

    temperature: Array
    ln_gamma: Array
    pull: Array


def exchange_rate(
    spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter, t_nu: Array
) -> tuple[Array, Array]:
    """Rates at which charged particles and neutrinos drive dark matter to their temperatures, at `TEMPERATURE`.

    Parameters
    ----------
    spectrum, couplings : Spectrum, Couplings
        Masses [MeV] and couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    t_nu : (k,) array
        Temperature of the neutrinos [MeV] at each node.

    Returns
    -------
    charged, neutrinos : (n, k) array
        gamma [MeV] of electrons, muons, charged pions and U bosons together, and of neutrinos. The quadratures are good
        to 2e-4; above T = m_X / 4 the rate is continued as a power of T.
    """
    charged, neutrinos = _ln_rates(spectrum, couplings, dark_matter, t_nu, 1)
    return np.exp(charged), np.exp(neutrinos)


def exchange(
    spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter, thermal_history: ThermalHistory
) -> Exchange:
    """The rates of `exchange_rate` together, as the coupled evolution of density and temperature needs them.

    Parameters
    ----------
    spectrum, couplings : Spectrum, Couplings
        Masses [MeV] and couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    thermal_history : ThermalHistory
        The bath, for the temperature of the neutrinos.

    Returns
    -------
    Exchange
        Rates and the temperature they drive to, (n, k).
    """
    temperature = TEMPERATURE[::STRIDE]
    t_nu = neutrino_temperature(TEMPERATURE, thermal_history)
    charged, neutrinos = _ln_rates(spectrum, couplings, dark_matter, t_nu, STRIDE)
    if not np.any(couplings.g_nu):
        return Exchange(temperature, charged, np.ones_like(charged))
    total = np.logaddexp(charged, neutrinos)
    colder = 1.0 - t_nu[::STRIDE] / temperature
    return Exchange(temperature, total, 1.0 - np.exp(neutrinos - total) * colder)


def integrals(temperature: Array, mass: float, m_u: Array, *, blocking: bool = True) -> Array:
    """m_U^4 times the double integral of gamma_0, fermion plus antifermion, in both helicities.

    Parameters
    ----------
    temperature, m_u : (k,) array
        Temperature of the fermions and mass of U [MeV].
    mass : float
        Mass of the fermion [MeV].
    blocking : bool
        Whether f (1 - f) is that of Fermi and Dirac, or the Boltzmann factor.

    Returns
    -------
    (4, k) array
        [MeV^7], for a g_V^2, a g_A^2, b g_V^2 and b g_A^2 in turn, times e^(m/T).
    """
    t, square = temperature[:, np.newaxis], (m_u**2)[:, np.newaxis]
    boltzmann = np.exp(-np.minimum(mass / t, 700.0))  # clipped where the gas is absent
    kinetic = t * _KINETIC
    omega, k2 = mass + kinetic, kinetic * (kinetic + 2.0 * mass)
    classical = np.exp(-_KINETIC)
    quantum = classical / (1.0 + boltzmann * classical) ** 2 if blocking else classical
    measure = 0.3 * kinetic * quantum
    # tau = m_U^2 (e^w - 1) stretches the range evenly for light and heavy U alike.
    depth = 0.5 * np.log1p(4.0 * k2 / square)
    total = np.zeros((4, temperature.size))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        w = depth * (1.0 + node)
        scaled = np.expm1(w)  # tau / m_U^2
        tau = scaled * square
        factor = weight * depth * measure * scaled * np.exp(-w) * square**2  # m_U^4 tau dtau / (m_U^2 + tau)^2
        longitudinal = 8.0 * mass**2 * scaled * (2.0 + scaled)
        brackets = (
            8.0 * omega**2 - 2.0 * tau,
            8.0 * k2 - 2.0 * tau,
            8.0 * k2 + 2.0 * tau,
            8.0 * k2 + 24.0 * mass**2 + 2.0 * tau + longitudinal,
        )
        total += [np.sum(factor * bracket, axis=1) for bracket in brackets]
    return 2.0 * total


def _ln_rates(
    spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter, t_nu: Array, stride: int
) -> tuple[Array, Array]:
    """Logarithms of gamma of charged particles and of neutrinos at every ``stride``-th temperature, (n, k)."""
    charge, spin = dark_matter.static_currents
    dark = kernel.Dark(
        np.ascontiguousarray(spectrum.m_dm),
        np.ascontiguousarray(spectrum.m_u),
        dark_matter is DarkMatter.SCALAR,
        charge,
        spin,
    )
    vector = (0.5 * couplings.g_dm * (couplings.g_e_l + couplings.g_e_r)) ** 2
    axial = (0.5 * couplings.g_dm * (couplings.g_e_r - couplings.g_e_l)) ** 2
    isovector = 0.5 * (couplings.g_u_l + couplings.g_u_r - couplings.g_d_l - couplings.g_d_r)
    pion = (couplings.g_dm * isovector) ** 2
    charged = np.full((spectrum.m_dm.size, TEMPERATURE[::stride].size), NONE)
    for mass, scalar, states, vector2, axial2, form_factor in (
        (ELECTRON_MASS, False, 4.0, vector, axial, np.inf),
        (MUON_MASS, False, 4.0, vector, axial, np.inf),
        (CHARGED_PION_MASS, True, 2.0, pion, np.zeros_like(pion), PION_FORM_FACTOR),
    ):
        # Heavier particles have annihilated before lighter dark matter becomes cold.
        used = spectrum.m_dm > 0.3 * mass
        if used.any():
            target = kernel.Target(mass, scalar, states, vector2 * used, axial2 * used, form_factor)
            kernel.add_rates(dark, target, _functions(mass, dark_matter, scalar), stride, charged)
    # In the order of the kernel; where the model has no hidden scalar it has the mass of U, as in annihilation.
    coefficients = np.concatenate([np.atleast_1d(part) for part in u_pair_annihilation.COEFFICIENTS[dark_matter]])
    higgs = np.where(np.isnan(spectrum.m_scalar), spectrum.m_u, spectrum.m_scalar)
    classical = _functions(CHARGED_PION_MASS, dark_matter, True)
    kernel.add_u_rates(dark, higgs, np.asarray(couplings.g_dm), coefficients, classical, stride, charged)
    neutrinos = np.full_like(charged, NONE)
    rows = np.flatnonzero(couplings.g_nu != 0.0)
    if rows.size:
        # Left-handed: half of a Dirac fermion's vector and axial tensors each.
        half = NEUTRINO_FLAVOURS * (0.5 * couplings.g_dm * couplings.g_nu)[rows] ** 2
        subset = dark._replace(m_dm=dark.m_dm[rows], m_u=dark.m_u[rows])
        target = kernel.Target(0.0, False, 4.0, half, half, np.inf)
        own = np.full((rows.size, TEMPERATURE.size), NONE)
        kernel.add_rates(subset, target, _functions(0.0, dark_matter, False), 1, own)
        for row, values in zip(rows, own, strict=True):
            neutrinos[row] = np.interp(np.log(t_nu[::stride]), np.log(TEMPERATURE), values)
    return charged, neutrinos


@cache
def _functions(mass: float, dark_matter: DarkMatter, scalar_target: bool) -> "kernel.Functions":
    """Tables of the kernel for one target."""
    ln_t_step = np.log(TEMPERATURE[1] / TEMPERATURE[0])
    place = np.arange(-int(4.6 / ln_t_step), int(np.log(kernel.HIGH) / ln_t_step) + 1)
    statistics = np.ones((2, _U_MASS.size, TEMPERATURE.size))
    if not scalar_target:
        charge, spin = dark_matter.static_currents
        for i, m_u in enumerate(_U_MASS):
            inputs = TEMPERATURE, mass, np.full_like(TEMPERATURE, m_u)
            quantum, classical = integrals(*inputs), integrals(*inputs, blocking=False)
            for which in range(2):
                parts = (charge * table[which] + spin * table[2 + which] for table in (quantum, classical))
                statistics[which, i] = np.divide(*parts)
    inverse = 0.5 / _LOWEST_Z * (1.0 - np.cos(np.pi * (np.arange(40) + 0.5) / 40))
    return kernel.Functions(
        temperature=TEMPERATURE,
        boltzmann=np.exp(-np.exp(place * ln_t_step)),
        origin=-int(place[0]),
        k2=_series(inverse, special.kve(2, 1.0 / inverse) / np.sqrt(inverse), kernel.TERMS),
        heat=_series(inverse, _heat_capacity(1.0 / inverse), 7),
        nodes=_NODES,
        weights=_WEIGHTS,
        few=_FEW[0],
        few_weights=_FEW[1],
        statistics=statistics,
        ln_m_u_first=float(np.log(_U_MASS[0])),
        ln_m_u_step=float(np.log(_U_MASS[1] / _U_MASS[0])),
    )


def _series(inverse: Array, values: Array, terms: int) -> Array:
    fit = np.polynomial.Chebyshev.fit(inverse, values, terms - 1, domain=[0.0, 1.0 / _LOWEST_Z])
    coefficients = fit.convert(kind=np.polynomial.Polynomial, domain=[-1, 1], window=[-1, 1]).coef
    return np.ascontiguousarray(coefficients, dtype=np.float64)


def _heat_capacity(x: Array) -> Array:
    """C = 3 + x^2 (1 - 3 r/x - r^2) with r = K1/K2, from <E> = m (r + 3/x); 3/2 + 15/(4x) - 15/(2 x^2) when cold."""
    near = np.minimum(x, _COLD)
    ratio = special.kve(1, near) / special.kve(2, near)
    exact = 3.0 + near**2 - 3.0 * near * ratio - (near * ratio) ** 2
    cold = 1.5 + 15.0 / (4.0 * x) - 15.0 / (2.0 * x**2)
    capacity: Array = np.where(x < _COLD, exact, cold)
    return capacity
