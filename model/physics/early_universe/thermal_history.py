"""The thermal bath of the Standard Model: effective degrees of freedom from ideal gases."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from model.physics.constants import CHARGED_PION_MASS, ELECTRON_MASS, MUON_MASS, Z_MASS
from model.physics.quantities import Array

NEUTRINO_DECOUPLING = 2.3  # T_D [MeV], docs/physics/early_universe.md 1: 1.8 to 3 MeV moves Omega by less than 0.05 %
# Quarks and gluons replace hadrons at this temperature. It and the width are chosen to follow the lattice equation of
# state (arXiv:1606.07494) through the crossover: within 3 % up to 160 MeV, where free quarks alone would be far too
# many.
QCD_TRANSITION = 190.0  # [MeV]
QCD_WIDTH = 0.10  # of the switch in ln T [1]

# Grid of the tables, uniform in ln T. Below T_MIN the electrons are gone (m_e/T = 51), above T_MAX all is massless.
T_MIN = 1.0e-2  # [MeV]
T_MAX = 2.0e6  # [MeV]
T_POINTS = 1912  # ln T in steps of 0.01


class Species(NamedTuple):
    """An ideal gas: mass [MeV], internal states of particle plus antiparticle, and statistics (+1 Fermi, -1 Bose)."""

    mass: float
    states: float
    sign: float


FERMI, BOSE = 1.0, -1.0
PHOTON = Species(0.0, 2.0, BOSE)
NEUTRINOS = Species(0.0, 6.0, FERMI)

# Masses: PDG 2024 [MeV]
LEPTONS = (Species(ELECTRON_MASS, 4.0, FERMI), Species(MUON_MASS, 4.0, FERMI), Species(1776.93, 4.0, FERMI))
HADRONS = (
    Species(134.9768, 1.0, BOSE),  # pi0
    Species(CHARGED_PION_MASS, 2.0, BOSE),
    Species(493.677, 2.0, BOSE),  # K+-
    Species(497.611, 2.0, BOSE),  # K0
    Species(547.862, 1.0, BOSE),  # eta
    Species(775.26, 9.0, BOSE),  # rho(770)
    Species(782.66, 3.0, BOSE),  # omega(782)
    Species(891.67, 6.0, BOSE),  # K*(892)+-
    Species(895.55, 6.0, BOSE),  # K*(892)0
    Species(957.78, 1.0, BOSE),  # eta'
    Species(938.27208816, 4.0, FERMI),  # p
    Species(939.5654205, 4.0, FERMI),  # n
    Species(1019.461, 3.0, BOSE),  # phi(1020)
    Species(1115.683, 4.0, FERMI),  # Lambda
    Species(1189.37, 4.0, FERMI),  # Sigma+
    Species(1192.642, 4.0, FERMI),  # Sigma0
    Species(1197.449, 4.0, FERMI),  # Sigma-
    Species(1232.0, 32.0, FERMI),  # Delta(1232)
    Species(1314.86, 4.0, FERMI),  # Xi0
    Species(1321.71, 4.0, FERMI),  # Xi-
)
PARTONS = (
    Species(0.0, 16.0, BOSE),  # gluons
    Species(2.16, 12.0, FERMI),  # u
    Species(4.70, 12.0, FERMI),  # d
    Species(93.5, 12.0, FERMI),  # s
    Species(1273.0, 12.0, FERMI),  # c
    Species(4183.0, 12.0, FERMI),  # b
)
ELECTROWEAK = (
    Species(80369.2, 6.0, BOSE),  # W
    Species(Z_MASS, 3.0, BOSE),  # Z
    Species(125200.0, 1.0, BOSE),  # Higgs
    Species(172570.0, 12.0, FERMI),  # t
)


@dataclass(frozen=True)
class ThermalHistory:
    """Degrees of freedom of the bath against the photon temperature, on a grid uniform in ln T.

    Attributes
    ----------
    temperature : (k,) array
        Photon temperature [MeV], rising, uniform in its logarithm.
    g_energy, g_entropy : (k,) array
        rho = pi^2/30 g_energy T^4 and s = 2 pi^2/45 g_entropy T^3 [1], neutrinos included.
    sqrt_g_star : (k,) array
        g_entropy / sqrt(g_energy) (1 + (1/3) dln g_entropy/dlnT) [1], the combination in the Boltzmann equation.

    Raises
    ------
    ValueError
        If the arrays differ in shape, are not finite and positive, or the grid is not uniform.
    """

    temperature: Array
    g_energy: Array
    g_entropy: Array
    sqrt_g_star: Array

    def __post_init__(self) -> None:
        for name in ("temperature", "g_energy", "g_entropy", "sqrt_g_star"):
            values = getattr(self, name)
            if values.ndim != 1 or values.shape != self.temperature.shape or values.size < 2:
                raise ValueError(f"{name} must be one-dimensional like temperature, got shape {values.shape}")
            if not np.all(np.isfinite(values) & (values > 0.0)):
                raise ValueError(f"{name} must be finite and positive")
        steps = np.diff(np.log(self.temperature))
        if np.any(steps <= 0.0) or np.ptp(steps) > 1e-6 * steps[0]:
            raise ValueError("temperature must rise uniformly in its logarithm")

    @property
    def g_entropy_today(self) -> float:
        """g_entropy after e+e- annihilation [1], at the cold end of the table."""
        return float(self.g_entropy[0])


# Rows of the (3, k) arrays below: rho / (pi^2/30 T^4), s / (2 pi^2/45 T^3) and (ds/dlnT) / (2 pi^2/45 T^3)
ENERGY, ENTROPY, SLOPE = 0, 1, 2


@cache
def standard_thermal_history() -> ThermalHistory:
    r"""Bath of the Standard Model from exact Fermi and Bose integrals of ideal gases.

    Neutrinos share the photon temperature above T_D = 2.3 MeV; below it they keep their entropy,
    :math:`(T_\nu/T)^3 = g_{em}(T) / g_{em}(T_D)`, which gives g_entropy = 3.9156 today. (N_eff = 3.044 from a full
    decoupling calculation would rescale the entropy today by 1.004; that is not applied.) Hadrons are an ideal gas of
    the lightest mesons and baryons; around 190 MeV they give way smoothly to free quarks and gluons. Energy and entropy
    are blended with the same weight, so inside that window they are not exactly consistent with each other.

    Meant for m_dm below about 2 GeV, which freezes out below 100 MeV: there the bath is that of
    docs/physics/early_universe.md 1, 0.3 % from the lattice at 40 MeV and 1 % at 100 MeV. Above, free quarks and gluons
    with W, Z, H and t at their vacuum masses serve to give a finite answer: g is 20 to 35 % high from 200 to 350 MeV
    and 1 to 4 % high above 1 GeV.

    Returns
    -------
    ThermalHistory
        1912 temperatures from 0.01 MeV to 2 TeV. Beyond either end the bath is constant to the accuracy above.
    """
    temperature = np.geomspace(T_MIN, T_MAX, T_POINTS)
    plasma = electromagnetic(temperature)
    coupled = plasma + ideal_gas(NEUTRINOS, temperature)

    # Below T_D the entropy of the neutrinos is a fixed fraction of the electromagnetic one.
    g_neutrinos = NEUTRINOS.states * 7.0 / 8.0
    fraction = g_neutrinos / electromagnetic(np.array([NEUTRINO_DECOUPLING]))[ENTROPY, 0]
    decoupled = plasma * (1.0 + fraction)
    decoupled[ENERGY] = plasma[ENERGY] + g_neutrinos * (fraction / g_neutrinos * plasma[ENTROPY]) ** (4.0 / 3.0)

    bath = np.where(temperature > NEUTRINO_DECOUPLING, coupled, decoupled)
    return ThermalHistory(
        temperature=temperature,
        g_energy=bath[ENERGY],
        g_entropy=bath[ENTROPY],
        sqrt_g_star=bath[SLOPE] / (3.0 * np.sqrt(bath[ENERGY])),  # 1 + (1/3) dln g_s/dlnT = SLOPE / (3 g_s)
    )


def neutrino_temperature(temperature: Array, thermal_history: ThermalHistory) -> Array:
    """Temperature of the neutrinos [MeV] when the photons have given ones [MeV], (k,), by conservation of entropy."""
    t_known, g_entropy = thermal_history.temperature, thermal_history.g_entropy
    g_now, g_decoupling = np.interp(temperature, t_known, g_entropy), np.interp(NEUTRINO_DECOUPLING, t_known, g_entropy)
    cooled: Array = temperature * np.minimum(g_now / g_decoupling, 1.0) ** (1 / 3)
    return cooled


def electromagnetic(temperature: Array) -> Array:
    """Ideal gases of all but the neutrinos.

    Parameters
    ----------
    temperature : (k,) array
        Photon temperature [MeV].

    Returns
    -------
    (3, k) array
        rho / (pi^2/30 T^4), s / (2 pi^2/45 T^3) and (ds/dlnT) / (2 pi^2/45 T^3) [1].
    """
    bath = sum(
        (ideal_gas(species, temperature) for species in (*LEPTONS, *ELECTROWEAK)), ideal_gas(PHOTON, temperature)
    )
    hadrons = sum((ideal_gas(species, temperature) for species in HADRONS), np.zeros_like(bath))
    partons = sum((ideal_gas(species, temperature) for species in PARTONS), np.zeros_like(bath))
    weight = 0.5 * (1.0 + np.tanh(np.log(temperature / QCD_TRANSITION) / (2.0 * QCD_WIDTH)))
    strong = hadrons + weight * (partons - hadrons)
    # The weight is a function of T too.
    strong[SLOPE] += weight * (1.0 - weight) / QCD_WIDTH * (partons[ENTROPY] - hadrons[ENTROPY])
    return bath + strong


def ideal_gas(species: Species, temperature: Array) -> Array:
    r"""Energy, entropy and slope of one species.

    With kinetic energy k, energy E and momentum q in units of T, :math:`f = 1/(e^E \pm 1)`:
    :math:`\rho \propto \int dk\, q E^2 f`, :math:`3p \propto \int dk\, q^3 f`, and
    :math:`T\,ds/dT = d\rho/dT \propto \int dk\, q E^3 f (1 \mp f)`, each times :math:`g T^4 / 2\pi^2`. The trapezoid
    rule in ln k converges exponentially: the step of 0.3 leaves less than 1e-10.

    Parameters
    ----------
    species : Species
        The gas.
    temperature : (k,) array
        Its temperature [MeV], without chemical potential.

    Returns
    -------
    (3, k) array
        rho / (pi^2/30 T^4), s / (2 pi^2/45 T^3) and (ds/dlnT) / (2 pi^2/45 T^3) [1].
    """
    kinetic = np.exp(np.arange(-16.0, 4.2, 0.3))
    mass = (species.mass / temperature)[:, np.newaxis]
    # Where e^(-m/T) underflows the gas is absent; the clip avoids a warning of exp.
    boltzmann = np.exp(-np.minimum(mass, 700.0))
    energy = mass + kinetic
    momentum = np.sqrt(kinetic * (kinetic + 2.0 * mass))
    occupation = boltzmann / (np.exp(kinetic) + species.sign * boltzmann)
    measure = 0.3 * kinetic * momentum * occupation * (species.states / (2.0 * np.pi**2))
    rho = np.sum(measure * energy**2, axis=1)
    pressure = np.sum(measure * momentum**2, axis=1) / 3.0
    heat = np.sum(measure * energy**3 * (1.0 - species.sign * occupation), axis=1)
    return np.stack((rho * 30.0 / np.pi**2, (rho + pressure) * 22.5 / np.pi**2, heat * 22.5 / np.pi**2))
