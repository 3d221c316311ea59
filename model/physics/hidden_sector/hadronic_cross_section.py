r"""Hadrons from a vector boson: the ratio R(s) from the two-pion threshold to 3 GeV, for any couplings to quarks.

The current of U splits into parts that do not mix but for omega -> pi pi. With the vector and axial couplings
:math:`v_q` and :math:`a_q` of the light quarks, the coupling squared times R of U is

.. math::
    \sum_k q_k R_k(s), \qquad q_k = (v_u - v_d)^2,\ 9 (v_u + v_d)^2,\ 9 v_s^2,\ 3 (v_u - v_d)(v_u + v_d),\
        3 (a_u^2 + a_d^2),\ 3 a_s^2 ,

and each of the first four :math:`q_k` is :math:`\epsilon^2 e^2` for a dark photon, so that R = R_0 + R_1 + R_2 + R_3.

- Isovector, R_0: :math:`\frac14\beta_\pi^3 |F_\pi|^2` with rho(770) and rho(1450) in the form of Gounaris and Sakurai,
  Phys. Rev. Lett. 21 (1968) 244, Eqs. (10)-(13); more than two pions as a continuum that opens about 1.3 GeV.
- Isoscalar, R_1, and strange, R_2: omega and phi as :math:`(9/\alpha^2)\Gamma_{ee}\Gamma M^2/[(s-M^2)^2+M^2\Gamma^2]`,
  the two-kaon part of the phi with the p-wave of the kaons, and a continuum.
- Interference of rho and omega in two pions, R_3: 1205.2228, Eq. (26) and its Table VI.
- Axial parts, R_4 and R_5: the a1(1260) at the height that the decay tau -> 3 pi nu asks for, and a continuum. The part
  of the axial current that is not conserved (pion exchange) is left out.

A continuum is :math:`1 + \alpha_s/\pi` times the quarks' charges, times a smooth onset. What is measured of R fixes the
onsets: with `r_ratio` the hadronic vacuum polarisation of the muon g-2 comes out 1 % low in total, and within 10 % in
two, three and four pions and in kaons (tests/model/physics/hidden_sector/test_hadronic_cross_section.py).

Not covered are states below two pions (pi0 gamma: less than 1e-4 of the rate to electrons for every charge assignment),
open charm and the J/psi. Above 3 GeV R stays at its perturbative value; `relative_uncertainty` has the size.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.physics.constants import ALPHA, CHARGED_PION_MASS
from model.physics.quantities import Array, Couplings
from model.physics.rational_approximation import approximate

CURRENTS = ("isovector", "isoscalar", "strange", "rho_omega", "axial", "axial_strange")
THRESHOLD = 2.0 * CHARGED_PION_MASS  # [MeV]

# Masses and widths [MeV] and branching ratios: Particle Data Group 2024
RHO = (775.26, 147.4)  # rho(770) neutral, in e+e-
RHO_1450 = (1465.0, 400.0)
OMEGA = (782.66, 8.68)
OMEGA_ELECTRONS = 7.38e-5
PHI = (1019.461, 4.249)
PHI_ELECTRONS = 2.979e-4
PHI_KAONS = ((493.677, 0.491), (497.611, 0.339))  # mass of the kaon and branching ratio: K+ K- and K0_L K0_S
A1 = (1230.0, 420.0)
CKM_UD, TAU_MASS, TAU_ELECTROWEAK = 0.97367, 1776.93, 1.0198

# Weight of the rho(1450) in the pion form factor: it puts the two-pion part of the muon's vacuum polarisation below
# 1.8 GeV at 506e-10, the measured value (2006.04822, Table 5).
RHO_1450_WEIGHT = -0.09
RHO_OMEGA_MIXING = 1.64e-3  # 1205.2228, Table VI; its phase is zero within its error
# Peak of the a1 in units of 3 (a_u^2 + a_d^2): R_tau,A = 1.087 without the pion (1312.1501: 1.694 with it)
A1_PEAK = 2.44

# Onsets of the continua in energy and their widths [MeV], from the exclusive cross-sections quoted in 2006.04822
ONSET_ISOVECTOR = (1300.0, 450.0)
ONSET_ISOSCALAR = (1250.0, 450.0)
ONSET_STRANGE = (1450.0, 500.0)
ONSET_AXIAL = (1650.0, 450.0)
ONSET_AXIAL_STRANGE = (1500.0, 450.0)

LAMBDA_QCD = 192.0  # [MeV] of one loop and three flavours: alpha_s(m_tau) = 0.314 (PDG 2024)
FREEZING_SCALE = 1000.0  # [MeV] below which alpha_s stays put
KAON_SMEARING = 6000.0  # [MeV^2] over which the squared momentum of the kaons switches on: 12 MeV in energy

# Relative uncertainty against energy [MeV], linear between. Up to 0.95 GeV: the pion form factor of two resonances
# against data. To 2 GeV: the smooth onsets against the sums of exclusive channels. Then perturbation theory and data
# (KEDR, 1805.06235) agree within 4 %. Beyond 3 GeV: the J/psi and open charm, two thirds of the light-quark value.
UNCERTAINTY_ENERGY = (280.0, 900.0, 980.0, 1080.0, 1700.0, 2000.0, 3000.0, 3100.0, 4500.0)
UNCERTAINTY_MEASURED = (0.05, 0.05, 0.15, 0.20, 0.15, 0.05, 0.05, 0.30, 0.70)
# Isoscalar, strange and axial parts by themselves: data separate them less well.
UNCERTAINTY_OTHER = (0.5, 0.3, 0.3, 0.3, 0.3, 0.15, 0.10, 0.30, 0.70)

FIT_TOLERANCE = 1e-6  # of the rational approximation, over the largest value of each part


class PoleExpansion(NamedTuple):
    r"""R_k(s) as :math:`\beta_\pi^3 \{c_k + \sum_p [\alpha_{kp} (s - a_p) + \beta_{kp}] / [(s - a_p)^2 + b_p^2]\}`.

    Each term is a pair of conjugate poles at a +- ib, or one pole on the real axis below threshold where b = 0.
    ``constant`` c is (k,) for the parts of `CURRENTS`, ``centre`` a and ``breadth`` b [MeV^2] are (p,), ``slope`` alpha
    [MeV^2] and ``height`` beta [MeV^4] are (k, p).
    """

    constant: Array
    centre: Array
    breadth: Array
    slope: Array
    height: Array


def current_products(couplings: Couplings) -> Array:
    """Squared couplings q_k of U to the parts of the hadronic current.

    Parameters
    ----------
    couplings : Couplings
        Couplings [1], each (n,); strange quarks couple like down quarks.

    Returns
    -------
    (n, 6) array
        In the order of `CURRENTS` [1].
    """
    v_u, v_d = 0.5 * (couplings.g_u_l + couplings.g_u_r), 0.5 * (couplings.g_d_l + couplings.g_d_r)
    a_u, a_d = 0.5 * (couplings.g_u_r - couplings.g_u_l), 0.5 * (couplings.g_d_r - couplings.g_d_l)
    isovector, isoscalar, strange = v_u - v_d, 3.0 * (v_u + v_d), -3.0 * v_d
    return np.stack(
        (
            isovector**2,
            isoscalar**2,
            strange**2,
            isovector * isoscalar,
            3.0 * (a_u**2 + a_d**2),
            3.0 * a_d**2,
        ),
        axis=-1,
    )


def parts(s: Array) -> Array:
    """R_k(s) of every part of the current.

    Parameters
    ----------
    s : array
        Invariant mass squared [MeV^2], any shape.

    Returns
    -------
    (6, ...) array
        In the order of `CURRENTS` [1]; zero below the two-pion threshold.
    """
    energy2 = np.asarray(s, dtype=np.float64)
    result: Array = np.zeros((len(CURRENTS), *energy2.shape))
    open_ = energy2 > THRESHOLD**2
    if open_.any():  # most points of a posterior at MeV masses are below the threshold, and pay for nothing more
        inside = energy2[open_]
        result[:, open_] = (1.0 - THRESHOLD**2 / inside) ** 1.5 * _reduced(inside)
    return result


def squared_coupling(s: Array, couplings: Couplings) -> Array:
    r"""Return :math:`\sum_k q_k R_k(s)`, R times the squared coupling of U to hadrons.

    U -> hadrons is :math:`m_U/12\pi` times this at s = m_U^2, and X X -> hadrons is this times the cross-section into a
    massless lepton of unit vector coupling (docs/physics/cross_sections.md 3).

    Parameters
    ----------
    s : array
        Invariant mass squared [MeV^2], broadcastable against (n,).
    couplings : Couplings
        Couplings [1], each (n,).

    Returns
    -------
    array
        [1]; epsilon^2 e^2 R(s) for a dark photon.
    """
    products = np.moveaxis(current_products(couplings), -1, 0)
    of_parts = parts(s + np.zeros_like(couplings.g_u_l))
    # one addition after the other: other sums round a point as the number of points decides
    total: Array = sum((q * part for q, part in zip(products, of_parts, strict=True)), np.zeros(np.shape(s)))
    return total


def r_ratio(s: Array) -> Array:
    """R(s) = sigma(e+e- -> hadrons) / sigma(e+e- -> mu+ mu-, massless) [1], any shape: a photon or a dark photon."""
    result: Array = np.sum(parts(s)[:4], axis=0)
    return result


def relative_uncertainty(s: Array, couplings: Couplings) -> Array:
    """One standard deviation of `squared_coupling` over its value.

    Parameters
    ----------
    s : array
        Invariant mass squared [MeV^2], broadcastable against (n,).
    couplings : Couplings
        Couplings [1], each (n,).

    Returns
    -------
    array
        [1]; the uncertainty of the measured R for a dark photon, and the weighted sum of those of the parts for other
        charges. Zero where no hadrons are open or none couple.
    """
    energy2 = s + np.zeros_like(couplings.g_u_l)
    products = np.moveaxis(current_products(couplings), -1, 0)
    weights = np.abs(products * parts(energy2))
    # A dark photon has all of the first three in the ratio of the photon, and that sum is what is measured.
    photon = np.minimum(np.minimum(products[0], products[1]), products[2])
    measured = photon * r_ratio(energy2)
    energy = np.sqrt(energy2)
    total = np.sum(weights, axis=0)
    others = np.maximum(total - measured, 0.0)
    error = measured * np.interp(energy, UNCERTAINTY_ENERGY, UNCERTAINTY_MEASURED)
    error += others * np.interp(energy, UNCERTAINTY_ENERGY, UNCERTAINTY_OTHER)
    ratio: Array = np.zeros_like(total)
    np.divide(error, total, out=ratio, where=total > 0.0)
    return ratio


@cache
def pole_expansion() -> PoleExpansion:
    """R_k(s) as a sum over poles, for kernels that leave the real axis.

    Returns
    -------
    PoleExpansion
        Within 1e-6 of the largest value of each part, up to 30 GeV.
    """
    narrow = [mass + width * np.linspace(-5.0, 5.0, 161) for mass, width in (OMEGA, PHI)]
    wide = (THRESHOLD + np.geomspace(1e-3, 100.0, 60), np.linspace(380.0, 3000.0, 700), np.geomspace(3e3, 3e4, 150))
    s = np.unique(np.concatenate((*wide, *narrow))) ** 2
    unit = PHI[0] ** 2  # a scale for s that keeps the numbers near one
    fits = [approximate(s / unit, values, FIT_TOLERANCE) for values in _reduced(s)]
    upper = [fit.poles.imag >= 0.0 for fit in fits]
    places = np.concatenate([fit.poles[keep] for fit, keep in zip(fits, upper, strict=True)]) * unit
    slope, height = np.zeros((len(fits), len(places))), np.zeros((len(fits), len(places)))
    first = 0
    for row, (fit, keep) in enumerate(zip(fits, upper, strict=True)):
        poles, residues = fit.poles[keep] * unit, fit.residues[keep] * unit
        columns = slice(first, first + len(poles))
        # A pair r/(s - p) + conj, and r/(s - p) alone where the pole is real
        slope[row, columns] = np.where(poles.imag > 0.0, 2.0, 1.0) * residues.real
        height[row, columns] = -2.0 * residues.imag * poles.imag
        first += len(poles)
    constant = np.array([fit.constant for fit in fits])
    return PoleExpansion(constant, np.ascontiguousarray(places.real), np.ascontiguousarray(places.imag), slope, height)


def _reduced(s: Array) -> Array:
    """R_k / beta_pi^3, smooth down to the threshold; (6, ...)."""
    rho = _gounaris_sakurai(s, *RHO) + RHO_1450_WEIGHT * _gounaris_sakurai(s, *RHO_1450)
    pions = 0.25 * np.abs(rho / (1.0 + RHO_1450_WEIGHT)) ** 2
    mass2, rate = OMEGA[0] ** 2, OMEGA[0] * OMEGA[1]
    interference = pions * 2.0 * RHO_OMEGA_MIXING * s * (mass2 - s) / ((mass2 - s) ** 2 + rate**2)
    # The continuum has the phase space of quarks: the second factor undoes beta_pi^3 but near the threshold.
    continuum = (1.0 + strong_coupling(s) / np.pi) * (1.0 + 1.5 * THRESHOLD**2 / s)
    on_shell = np.array([_kaon_momentum2(np.array(PHI[0] ** 2), mass) for mass, _ in PHI_KAONS]) / PHI[0] ** 2
    kaons = sum(
        fraction * (_kaon_momentum2(s, mass) / s / peak) ** 1.5
        for (mass, fraction), peak in zip(PHI_KAONS, on_shell, strict=True)
    )
    other_decays = 1.0 - sum(fraction for _, fraction in PHI_KAONS)
    x2 = (s / A1[0] ** 2) ** 2
    rising = 2.0 * x2 / (1.0 + x2)
    return np.stack(
        (
            pions + 1.5 * continuum * _onset(s, *ONSET_ISOVECTOR),
            _narrow(s, *OMEGA, OMEGA_ELECTRONS) + continuum / 6.0 * _onset(s, *ONSET_ISOSCALAR),
            _narrow(s, *PHI, PHI_ELECTRONS) * (kaons + other_decays) + continuum / 3.0 * _onset(s, *ONSET_STRANGE),
            interference,
            A1_PEAK * _breit_wigner(s, *A1) * rising + continuum * _onset(s, *ONSET_AXIAL),
            continuum * _onset(s, *ONSET_AXIAL_STRANGE),
        )
    )


def strong_coupling(s: Array) -> Array:
    """One-loop alpha_s of three flavours [1] at s [MeV^2], frozen below 1 GeV."""
    scale2 = np.hypot(s, FREEZING_SCALE**2)
    result: Array = 4.0 * np.pi / (9.0 * np.log(scale2 / LAMBDA_QCD**2))
    return result


def _gounaris_sakurai(s: Array, mass: float, width: float) -> NDArray[np.complex128]:
    """Pion form factor of one resonance, 1 at s = 0: Gounaris and Sakurai (1968), Eqs. (10)-(13)."""

    def logarithm(momentum: Any, energy: Any) -> Any:
        return 2.0 / np.pi * momentum / energy * np.log((energy + 2.0 * momentum) / THRESHOLD)

    energy = np.sqrt(s)
    momentum = np.sqrt(np.maximum(0.25 * s - CHARGED_PION_MASS**2, 0.0))
    peak = np.sqrt(0.25 * mass**2 - CHARGED_PION_MASS**2)
    on_shell = logarithm(peak, mass)
    slope = on_shell * (1.0 / (8.0 * peak**2) - 0.5 / mass**2) + 0.5 / (np.pi * mass**2)
    shift = momentum**2 * (logarithm(momentum, energy) - on_shell) + peak**2 * (mass**2 - s) * slope
    shift *= width * mass**2 / peak**3
    at_zero = 3.0 / np.pi * (CHARGED_PION_MASS / peak) ** 2 * np.log((mass + 2.0 * peak) / THRESHOLD)
    at_zero += mass / (2.0 * np.pi * peak) - CHARGED_PION_MASS**2 * mass / (np.pi * peak**3)
    running = width * (momentum / peak) ** 3 * mass / energy
    result: NDArray[np.complex128] = mass * (mass + at_zero * width) / (mass**2 - s + shift - 1j * mass * running)
    return result


def _breit_wigner(s: Array, mass: float, width: float) -> Array:
    """1 at the peak."""
    rate2 = (mass * width) ** 2
    result: Array = rate2 / ((s - mass**2) ** 2 + rate2)
    return result


def _narrow(s: Array, mass: float, width: float, electrons: float) -> Array:
    """R / beta_pi^3 of a narrow vector meson of that branching ratio into electrons: 9 BR(ee) / alpha^2 at its peak."""
    result: Array = 9.0 * electrons / ALPHA**2 / (1.0 - (THRESHOLD / mass) ** 2) ** 1.5 * _breit_wigner(s, mass, width)
    return result


def _kaon_momentum2(s: Array, mass: float) -> Array:
    """Squared momentum of a kaon [MeV^2], switched on smoothly at its threshold."""
    result: Array = KAON_SMEARING * np.logaddexp(0.0, (0.25 * s - mass**2) / KAON_SMEARING)
    return result


def _onset(s: Array, energy: float, width: float) -> Array:
    """Smooth step of s at the square of an energy."""
    result: Array = 0.5 * (1.0 + np.tanh(0.5 * (s - energy**2) / width**2))
    return result
