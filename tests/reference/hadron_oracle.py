"""R(s) of a photon and of quark currents, one energy at a time: the same published parameters, not the same code.

The pion form factor is normalised at s = 0 by evaluating its denominator there, through the continuation of the loop
function below threshold. Energies in GeV.
"""

import math

PION = 0.13957039
ALPHA = 1 / 137.035999177
KAONS = ((0.493677, 0.491), (0.497611, 0.339))


def loop(s):
    """2/pi k/sqrt(s) ln[(sqrt(s) + 2k)/2m], and its continuation below threshold on the sheet where it is real."""
    if s > 4 * PION**2:
        velocity = math.sqrt(1 - 4 * PION**2 / s)
        return velocity * math.atanh(velocity) / math.pi
    velocity = math.sqrt(4 * PION**2 / s - 1)
    return velocity * math.atan(1 / velocity) / math.pi


def resonance(s, mass, width):
    k2 = s / 4 - PION**2
    k02 = mass**2 / 4 - PION**2
    step = 1e-5 * mass**2
    slope = (loop(mass**2 + step) - loop(mass**2 - step)) / (2 * step)
    dispersive = width * mass**2 / k02**1.5 * (k2 * (loop(s) - loop(mass**2)) + k02 * (mass**2 - s) * slope)
    absorptive = width * mass**2 * (k2 / k02) ** 1.5 / math.sqrt(s) if k2 > 0 else 0.0
    return mass**2 - s + dispersive - 1j * absorptive


def form_factor(s, mass, width):
    return resonance(1e-9, mass, width).real / resonance(s, mass, width)


def step(s, energy, width):
    return 1 / (1 + math.exp(-(s - energy**2) / width**2))


def narrow(s, mass, width, electrons):
    return 9 * electrons / ALPHA**2 * (mass * width) ** 2 / ((s - mass**2) ** 2 + (mass * width) ** 2)


def kaon_momentum2(s, mass):
    """Zero below and s/4 - m^2 above the threshold, rounded off."""
    ratio = (s / 4 - mass**2) / 6e-3
    return 6e-3 * (max(ratio, 0.0) + math.log1p(math.exp(-abs(ratio))))


def parts(energy):
    """Isovector, isoscalar, strange, interference, axial, axial strange."""
    s = energy**2
    beta3 = (1 - 4 * PION**2 / s) ** 1.5
    pion = (form_factor(s, 0.77526, 0.1474) - 0.09 * form_factor(s, 1.465, 0.4)) / 0.91
    pions = beta3 / 4 * abs(pion) ** 2
    quarks = beta3 * (1 + 6 * PION**2 / s)
    quarks *= 1 + 4 / (9 * math.log(math.hypot(s, 1.0) / 0.192**2))
    omega, phi = 0.78266, 1.019461

    def two_pions(mass):
        return (1 - 4 * PION**2 / mass**2) ** 1.5

    kaons = 0.17
    for mass, fraction in KAONS:
        k2, on_shell = (kaon_momentum2(e2, mass) / e2 for e2 in (s, phi**2))
        kaons += fraction * (k2 / on_shell) ** 1.5
    mixing = (1.64e-3 * s / (omega**2 - s - 1j * omega * 8.68e-3)).real
    a1 = 1 / (1 + ((s - 1.23**2) / (1.23 * 0.42)) ** 2) * 2 / (1 + (1.23**2 / s) ** 2)
    return (
        pions + 1.5 * quarks * step(s, 1.3, 0.45),
        narrow(s, omega, 8.68e-3, 7.38e-5) * beta3 / two_pions(omega) + quarks / 6 * step(s, 1.25, 0.45),
        narrow(s, phi, 4.249e-3, 2.979e-4) * kaons * beta3 / two_pions(phi) + quarks / 3 * step(s, 1.45, 0.5),
        2 * mixing * pions,
        2.44 * a1 * beta3 + quarks * step(s, 1.65, 0.45),
        quarks * step(s, 1.5, 0.45),
    )


def r_ratio(energy):
    """R of a photon at an energy [GeV] above two pions."""
    return sum(parts(energy)[:4])


def squared_coupling(energy, up, down):
    """Squared coupling times R for couplings (left, right) of up- and down-type quarks."""
    v_u, v_d = (sum(pair) / 2 for pair in (up, down))
    a_u, a_d = ((right - left) / 2 for left, right in (up, down))
    isovector, isoscalar, strange, interference, axial, axial_strange = parts(energy)
    return (
        (v_u - v_d) ** 2 * isovector
        + 9 * (v_u + v_d) ** 2 * isoscalar
        + 9 * v_d**2 * strange
        + 3 * (v_u - v_d) * (v_u + v_d) * interference
        + 3 * (a_u**2 + a_d**2) * axial
        + 3 * a_d**2 * axial_strange
    )
