r"""Neutrino decoupling with dark species in the e-gamma bath: N_eff, and the thermal history of every point.

One integration gives both, so that freeze-out and N_eff refer to the same Universe. Neutrinos share one temperature
T_nu and have no chemical potential; every other species, the dark ones included, stays in equilibrium at the photon
temperature T. With the heat q that flows to the neutrinos (arXiv:1812.05605, 2001.04466),

.. math::
    \frac{d\ln T_\nu}{dt} &= -H + \frac{q}{4\rho_\nu}, \qquad
    \frac{d\rho}{d\ln T}\,\frac{d\ln T}{dt} = -3H(\rho + p) - q, \\
    q &= \frac{4 G_F^2}{\pi^5} \sum_{e,\mu,\tau} (g_L^2 + g_R^2) \left\{
        32 f_a \left[a(T)\,T^9 - a(T_\nu)\,T_\nu^9\right] + 56 f_s\, s(T)\, T^4 T_\nu^4 (T - T_\nu) \right\},

where rho and p are those of the electromagnetic and dark species; f_a = 0.884 and f_s = 0.829 turn Maxwell-Boltzmann
into Fermi-Dirac rates, a(T) and s(T) <= 1 hold the electron mass (`weak_rate_suppression`), and the plasma has its QED
corrections of order e^2 and e^3 (`qed_corrections`). The Standard Model comes out at N_eff = 3.045.

Where U and dark matter couple to neutrinos too (``charges: hypercharge`` and ``universal``) they add the terms of
`NeutrinoExchange` to q. They keep T_nu at T until they have annihilated, and their entropy goes to both baths.

Approximations: the exchange by dark species has Maxwell-Boltzmann densities, since it ends at T = m/10 to m/20, and
neutrinos keep a thermal spectrum. Dark matter stays in equilibrium; its freeze-out is left out, because it has almost
no entropy by x = 15. A species that is in equilibrium in part (`model.physics.early_universe.thermalisation`) counts
with that fraction of its states. It holds for dark species above about 0.3 MeV; lighter ones are still present at
10 keV, where the integration ends.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model._deferred import deferred
from model.physics.constants import ALPHA, ELECTRON_MASS, FERMI_CONSTANT, PLANCK_MASS
from model.physics.early_universe.thermal_history import BOSE, FERMI, T_MIN, Species, electromagnetic, ideal_gas
from model.physics.quantities import Array, Parameter, Range

if TYPE_CHECKING:
    from scipy import special

    from model.physics.early_universe._kernels import neutrino_decoupling as kernel
else:
    special = deferred("scipy.special")
    kernel = deferred("model.physics.early_universe._kernels.neutrino_decoupling")

# Grid, uniform in ln T. Steps of 0.04 leave 1e-5 in N_eff; at T_COUPLED neutrinos still have the photon temperature to
# 5e-5; above T_MAX, x = 4.5 of 9 GeV, the histories are constant.
LN_T_STEP = 0.04
T_COUPLED = 25.0  # [MeV]
T_MAX = 2.0e3  # [MeV]
LN_Z = (np.log(1e-3), np.log(100.0))  # of m/T where a gas is neither massless nor absent

# Couplings of electrons to electron neutrinos and to the others below 10 MeV, with radiative corrections, as in
# arXiv:2001.04466 (PDG review of the electroweak model): (g_L, g_R) for each flavour
WEAK_COUPLINGS = np.array([(0.727, 0.233), (-0.273, 0.233), (-0.273, 0.233)])
# Fermi-Dirac over Maxwell-Boltzmann rates of annihilation and scattering, arXiv:2001.04466
FERMI_DIRAC_ANNIHILATION = 0.884
FERMI_DIRAC_SCATTERING = 0.829

DARK_RADIATION = Parameter(
    "delta_n_eff",
    "1",
    r"\Delta N_{\rm eff}",
    Range(0.0, 100.0, reason="the Universe would be made of nothing else"),
    "relativistic energy besides photons and neutrinos, in units of one neutrino",
)
"""A nuisance parameter of likelihoods that ask for it."""

N_EFF_PER_RATIO4 = 3.0 * (11.0 / 4.0) ** (4.0 / 3.0)  # N_eff over (T_nu/T)^4 once the electrons are gone


N_EFF_PER_BOSON = 4.0 / 7.0 * (11.0 / 4.0) ** (4.0 / 3.0)  # N_eff of one boson at the photon temperature


class NeutrinoExchange(NamedTuple):
    r"""Dark species that carry heat to neutrinos, at n points; each (n,).

    U in the bath is fed by both sides and decays to both, so that with its widths

    .. math:: q_U = m_U \Gamma_\nu \left(1 - \frac{\Gamma_\nu}{\Gamma}\right) [n_U(T) - n_U(T_\nu)],

    and annihilation of dark matter, which is at T, adds :math:`\kappa \langle\sigma v\rangle_\nu \langle E\rangle
    [n_X^2(T) - n_X^2(T_\nu)]`.

    Attributes
    ----------
    u_mass, dm_mass : (n,) array
        Masses [MeV].
    u_rate : (n,) array
        m_U Gamma_nu (1 - Gamma_nu / Gamma) [MeV^2], times the fraction of U that is in equilibrium.
    dm_states : (n,) array
        Internal states of particle plus antiparticle, times the fraction in equilibrium.
    dm_rate, dm_power : (n,) array
        kappa <sigma v> into neutrinos at T = m/10 [MeV^-2], and its power of m/T.
    """

    u_mass: Array
    u_rate: Array
    dm_mass: Array
    dm_states: Array
    dm_rate: Array
    dm_power: Array


class DarkGas(NamedTuple):
    """Dark species at the photon temperature.

    Masses [MeV] and internal states of particle plus antiparticle, each (n, s); Fermi or Bose statistics (s,). No
    states is no species, whatever the mass. ``exchange`` is None where nothing dark couples to neutrinos.
    ``pseudoscalar`` (n,) is the photon temperature [MeV] at which a massless boson of the hidden sector leaves the
    bath, infinite where there is none; None if no point has one.
    """

    mass: Array
    states: Array
    fermion: tuple[bool, ...]
    exchange: NeutrinoExchange | None = None
    pseudoscalar: Array | None = None


@dataclass(frozen=True)
class ThermalHistories:
    """The bath of n points against the photon temperature, on one grid uniform in ln T.

    The kernel of the relic abundance uses ``ln_t_first`` and ``ln_t_step`` of the grid, ``g_entropy`` and
    ``sqrt_g_star`` of each point, (n, k) and contiguous, and ``g_entropy[:, 0]`` for today.

    Attributes
    ----------
    temperature : (k,) array
        Photon temperature [MeV], rising from 0.01 MeV to 2 GeV, uniform in its logarithm. Linear interpolation between
        its points is good to 1e-4, to 2e-5 on average.
    g_energy : (n, k) array
        rho = pi^2/30 g_energy T^4 [1], neutrinos and dark species included.
    g_entropy : (n, k) array
        (a T)^-3 in units that make it the entropy s / (2 pi^2/45 T^3) where neutrinos are coupled [1]. It differs from
        the entropy by what decoupling produces, below 1e-3; unlike it, g_entropy T^3 a^3 is constant exactly, which
        is what Y = n/s needs.
    sqrt_g_star : (n, k) array
        g_entropy / sqrt(g_energy) (1 + (1/3) dln g_entropy/dlnT) [1].
    neutrino_temperature : (n, k) array
        T_nu / T [1].
    pseudoscalar_energy : (n,) array
        Energy of a massless boson at the cold end over that of one at the photon temperature [1]; zero where there is
        none. It is part of g_energy.
    """

    temperature: Array
    g_energy: Array
    g_entropy: Array
    sqrt_g_star: Array
    neutrino_temperature: Array
    pseudoscalar_energy: Array

    @property
    def n_eff(self) -> Array:
        """N_eff at the cold end [1], shape (n,): neutrinos, and the massless boson of the hidden sector."""
        return N_EFF_PER_RATIO4 * self.neutrino_temperature[:, 0] ** 4 + N_EFF_PER_BOSON * self.pseudoscalar_energy


def n_eff(dark: DarkGas) -> Array:
    """Effective number of neutrinos after e+e- annihilation, rho_nu / rho_gamma = (7/8) (4/11)^(4/3) N_eff.

    Parameters
    ----------
    dark : DarkGas
        Dark species in the e-gamma bath.

    Returns
    -------
    (n,) array
        N_eff [1]; 3.045 without dark species. Within 0.002 of NUDEC_BSM (docs/physics/early_universe.md 5) for a
        species of any spin from 0.5 to 20 MeV. Dark radiation is not included.

    Raises
    ------
    ValueError
        If shapes differ, a mass is not positive, or states are negative.
    """
    ln_neutrino, boson = np.empty(len(dark.mass)), np.empty(len(dark.mass))
    nothing = kernel.Histories(*(np.empty((0, 0)) for _ in kernel.Histories._fields))
    kernel.thermal_histories(_checked(dark), _exchange(dark), _gases(), _plasma(), nothing, ln_neutrino, boson)
    result: Array = N_EFF_PER_RATIO4 * np.exp(4.0 * ln_neutrino) + N_EFF_PER_BOSON * boson
    return result


def thermal_histories(dark: DarkGas) -> ThermalHistories:
    """Thermal history of every point.

    Parameters
    ----------
    dark : DarkGas
        Dark species in the e-gamma bath.

    Returns
    -------
    ThermalHistories
        Without dark species it differs from `standard_thermal_history`, which decouples neutrinos at once and has no
        QED corrections, by less than 0.5 %: g_entropy today is 3.930 instead of 3.916.

    Raises
    ------
    ValueError
        If shapes differ, a mass is not positive, or states are negative.
    """
    plasma = _plasma()
    shape = (len(dark.mass), len(plasma.energy))
    boson = np.empty(shape[0])
    out = kernel.Histories(*(np.empty(shape) for _ in kernel.Histories._fields))
    kernel.thermal_histories(_checked(dark), _exchange(dark), _gases(), plasma, out, np.empty(shape[0]), boson)
    return ThermalHistories(_temperatures(), out.energy, out.entropy, out.sqrt_g_star, np.exp(out.ln_neutrino), boson)


def weak_rate_suppression(temperature: Array, weak_couplings: Array = WEAK_COUPLINGS) -> tuple[Array, Array]:
    r"""Heat exchange of e+e- <-> nu nubar and e nu -> e nu over that of massless electrons, Maxwell-Boltzmann.

    With z = m_e/T, w = sqrt(s)/T and :math:`r = \sum g_L g_R / \sum (g_L^2 + g_R^2)`,

    .. math::
        a &= \frac{1}{3072} \int_{2z}^\infty dw\, w^5 \sqrt{1 - 4z^2/w^2}\,[w^2 - z^2 + 6 r z^2]\, K_2(w), \\
        s &= \frac{1}{1792} \int_z^\infty dw\, \frac{K_2(w)}{w}
            \left[S^2\tau^2 - \tfrac23 S\tau^3 + \tfrac14\tau^4 - \tfrac43 r z^2 \tau^3\right],
        \quad S = w^2 - z^2,\ \tau = S^2/w^2.

    The first is the mean of (E_1 + E_2) sigma v, with A of docs/physics/cross_sections.md 1 for the couplings of the Z
    and W; the second is the mean of the squared energy transfer, the linear response to T - T_nu, tau the largest -t.

    Parameters
    ----------
    temperature : (k,) array
        Photon temperature [MeV].
    weak_couplings : (flavours, 2) array
        g_L and g_R of the electron to each neutrino [1].

    Returns
    -------
    tuple of (k,) array
        a and s [1], 1 where T >> m_e.
    """
    ratio = np.sum(np.prod(weak_couplings, axis=1)) / np.sum(weak_couplings**2)
    z = (ELECTRON_MASS / np.asarray(temperature, dtype=np.float64))[:, np.newaxis]
    nodes, weights = np.polynomial.legendre.leggauss(80)
    position = 0.5 * (nodes + 1.0)
    reach = 60.0 * position**2  # beyond the threshold, where the square root is
    measure = 60.0 * position * weights

    w = 2.0 * z + reach
    velocity = np.sqrt(reach * (w + 2.0 * z)) / w
    annihilation = w**5 * velocity * (w**2 + (6.0 * ratio - 1.0) * z**2) * special.kve(2, w) * np.exp(-w) / 3072.0

    w = z + reach
    energy = reach * (w + z)
    tau = (energy / w) ** 2
    bracket = (energy * tau) ** 2 - (2.0 * energy / 3.0 + 4.0 / 3.0 * ratio * z**2) * tau**3 + tau**4 / 4.0
    scattering = bracket / w * special.kve(2, w) * np.exp(-w) / 1792.0
    return np.sum(annihilation * measure, axis=1), np.sum(scattering * measure, axis=1)


def qed_corrections(temperature: Array) -> Array:
    r"""QED corrections to the plasma of photons and electrons at orders e^2 and e^3, arXiv:1911.04504.

    .. math::
        P = -\frac{e^2 T^2}{12\pi^2} I - \frac{e^2}{8\pi^4} I^2 + \frac{e^3 T}{12\pi^4} J^{3/2}, \qquad
        I = \int \frac{dp\,p^2}{E} \frac{2}{e^{E/T} + 1}, \quad J = \int \frac{dp\,(p^2 + E^2)}{E} \frac{2}{e^{E/T}+1}

    The logarithmic term of order e^2 moves N_eff by less than 1e-4 and is left out.

    Parameters
    ----------
    temperature : (k,) array
        Photon temperature [MeV].

    Returns
    -------
    (3, k) array
        rho / (pi^2/30 T^4), s / (2 pi^2/45 T^3) and (ds/dlnT) / (2 pi^2/45 T^3) [1], as `ideal_gas` has them.
    """
    step = 0.05  # in ln T, of the five points that differentiate a smooth function: 1e-7 of P
    before2, before, here, after, after2 = (
        _qed_pressure(np.asarray(temperature, dtype=np.float64) * np.exp(j * step)) for j in (-2, -1, 0, 1, 2)
    )
    first = (before2 - 8.0 * before + 8.0 * after - after2) / (12.0 * step)
    second = (-before2 + 16.0 * before - 30.0 * here + 16.0 * after - after2) / (12.0 * step**2)
    # P = T^4 f(ln T): s = dP/dT, rho = T s - P
    entropy = 4.0 * here + first
    slope = 3.0 * entropy + 4.0 * first + second
    return np.stack(((entropy - here) * 30.0 / np.pi**2, entropy * 22.5 / np.pi**2, slope * 22.5 / np.pi**2))


def _qed_pressure(temperature: Array) -> Array:
    """P / T^4 (k,), by the trapezoid rule in the logarithm of the kinetic energy."""
    kinetic = np.exp(np.arange(-16.0, 4.2, 0.3))
    mass = (ELECTRON_MASS / temperature)[:, np.newaxis]
    energy = mass + kinetic
    momentum = np.sqrt(kinetic * (kinetic + 2.0 * mass))
    boltzmann = np.exp(-np.minimum(mass, 700.0))
    measure = 0.3 * kinetic * 2.0 * boltzmann / (np.exp(kinetic) + boltzmann)  # dp p / E = dE
    first = np.sum(measure * momentum, axis=1)
    second = np.sum(measure * (momentum**2 + energy**2) / momentum, axis=1)
    e2 = 4.0 * np.pi * ALPHA
    pressure: Array = (
        -e2 / (12.0 * np.pi**2) * first - e2 / (8.0 * np.pi**4) * first**2 + e2**1.5 / (12.0 * np.pi**4) * second**1.5
    )
    return pressure


def _checked(dark: DarkGas) -> "kernel.Dark":
    """Input of the kernel, contiguous."""
    mass, states = (np.ascontiguousarray(values, dtype=np.float64) for values in (dark.mass, dark.states))
    if mass.ndim != 2 or states.shape != mass.shape or mass.shape[1] != len(dark.fermion):
        raise ValueError(f"shapes must be (n, s), (n, s), (s,), got {mass.shape}, {states.shape}, {len(dark.fermion)}")
    if not np.all(states >= 0.0):
        raise ValueError(f"states must be >= 0, got {np.min(states)}")
    if not np.all(mass[states > 0.0] > 0.0):
        raise ValueError(f"masses must be > 0 MeV, got {np.min(mass[states > 0.0])}")
    leaves = np.full(len(mass), np.inf) if dark.pseudoscalar is None else np.log(dark.pseudoscalar)
    return kernel.Dark(mass, states, np.array(dark.fermion, dtype=np.bool_), leaves)


def _exchange(dark: DarkGas) -> "kernel.Exchange":
    """Input of the kernel, contiguous: zeros where nothing dark couples to neutrinos."""
    if dark.exchange is None:
        none = np.zeros(len(dark.mass))
        return kernel.Exchange(*(none for _ in kernel.Exchange._fields))
    return kernel.Exchange(*(np.ascontiguousarray(values, dtype=np.float64) for values in dark.exchange))


@cache
def _temperatures() -> Array:
    size = int(np.ceil(np.log(T_MAX / T_MIN) / LN_T_STEP)) + 1
    grid: Array = T_MIN * np.exp(LN_T_STEP * np.arange(size))
    return grid


@cache
def _plasma() -> "kernel.Plasma":
    temperature = _temperatures()
    energy, entropy, slope = electromagnetic(temperature) + qed_corrections(temperature)
    annihilation, scattering = weak_rate_suppression(temperature)
    around = [weak_rate_suppression(temperature * np.exp(shift))[0] for shift in (-0.01, 0.01)]
    # q / (pi^2/30 T^4 H) with H = sqrt(4 pi^3 g / 45) T^2 / M_Pl
    heat_unit = 30.0 / np.pi**2 * PLANCK_MASS / np.sqrt(4.0 * np.pi**3 / 45.0)
    strength = 4.0 * FERMI_CONSTANT**2 / np.pi**5 * np.sum(WEAK_COUPLINGS**2) * temperature**3
    strength *= heat_unit
    return kernel.Plasma(
        ln_t_first=float(np.log(T_MIN)),
        ln_t_step=LN_T_STEP,
        hot=int(np.searchsorted(temperature, T_COUPLED)),
        energy=np.ascontiguousarray(energy),
        entropy=np.ascontiguousarray(entropy),
        slope=np.ascontiguousarray(slope),
        annihilation=32.0 * FERMI_DIRAC_ANNIHILATION * strength * annihilation,
        scattering=56.0 * FERMI_DIRAC_SCATTERING * strength * scattering,
        power=np.log(around[1] / around[0]) / 0.02,
        heat_unit=heat_unit / temperature**6,
    )


@cache
def _gases() -> "kernel.Gases":
    low, high = LN_Z
    inverse = np.exp(-np.arange(low, high, LN_T_STEP))
    return kernel.Gases(
        ln_z_first=float(low),
        bose=np.ascontiguousarray(ideal_gas(Species(1.0, 1.0, BOSE), inverse)),
        fermi=np.ascontiguousarray(ideal_gas(Species(1.0, 1.0, FERMI), inverse)),
    )
