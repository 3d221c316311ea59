"""Table of the yields of beam dumps, missing-energy and scattering searches, computed once from first principles.

All yields are per unit of production and of branching ratio, so that one table serves any couplings and any mixture of
visible and invisible decays.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from model._deferred import deferred
from model.physics.constants import HBAR_C_MEV_CM
from model.physics.quantities import Array, DarkMatter
from model.physics.searches import dark_matter_scattering, electron_dump, missing_energy, proton_dump
from model.physics.searches.dark_matter_scattering import ScatteringSearch
from model.physics.searches.electron_dump import DecaySpectrum, ElectronDump, Reading
from model.physics.searches.meson_decay import MESON_MASS, MESONS
from model.physics.searches.missing_energy import MissingEnergy
from model.physics.searches.proton_dump import ProtonDump
from model.physics.units import MEV_PER_GEV

if TYPE_CHECKING:
    from model.physics.searches._kernels import dark_photon_decay as kernel
else:
    kernel = deferred("model.physics.searches._kernels.dark_photon_decay")

HBAR_C_GEV_M = HBAR_C_MEV_CM / MEV_PER_GEV / 100.0

# Nodes: interpolation error below 1 % in the yield (tests/model/physics/searches/test_dump_yields.py). Above the
# largest mass no experiment here expects an event at any coupling, and the yield is zero.
LARGEST_MASS_MEV = 3000.0
_MASS_NODES = (1.0, LARGEST_MASS_MEV, 81)
_CLOSEST_TO_MESON = 0.02  # sqrt(1 - m^2/M^2) of the last node below a meson's mass M: phase space ~ its sixth power
_Y_NODES = (-17.0, 5.75, 183)
_KINEMATIC_LIMIT = 0.8  # of the beam energy
_SCATTERING_NODES = (25, 8)  # ln m_U and speed of dark matter from a U at rest
_NO_EVENTS = 1e-30  # in place of none, whose logarithm the table cannot hold
_SLOWEST = 0.04  # speed at the first node
_CLOSEST_TO_PARENT = 0.999  # of the largest mass, at the last node


@dataclass(frozen=True)
class DumpSettings:
    """Experiments and options for which the yields of a run are computed.

    Attributes
    ----------
    dumps, proton_dumps, missing_energy : tuple
        Runs of each kind.
    reading : {"published", "physical"}
        Reading of the electron dumps (see ``electron_dump.decay_spectrum``); ``proton_dumps`` are of it already.
    exact_tree : bool
        Correct electron-dump cross-sections to exact tree level; missing-energy and scattering searches always are.
    scattering : tuple
        Searches for dark matter that scatters.
    """

    dumps: tuple[ElectronDump, ...]
    proton_dumps: tuple[ProtonDump, ...]
    missing_energy: tuple[MissingEnergy, ...]
    reading: Reading
    exact_tree: bool
    scattering: tuple[ScatteringSearch, ...] = ()


@dataclass(frozen=True)
class DumpYields:
    """Yields on uniform grids in mass and y, the logarithm of the decay exponent L_sh/l at the beam energy.

    Rows are the runs of electron dumps, and the channels of proton dumps as ``run.channel``. The mass coordinate is
    ln(m_U / MeV); for the decay of a meson of mass M it is sqrt(1 - m_U^2/M^2), the square root of phase space, because
    the spectrum narrows fast towards M.

    Parameters
    ----------
    names : (k,) array of str
        Rows.
    ln_y_scale : (k,) array
        y - ln(m_U Gamma / MeV^2) of each row.
    coordinate : (k,) array of int
        Which of the c mass coordinates a row has.
    meson_mass : (c,) array
        M [MeV] of each coordinate, infinite for the logarithm.
    mass_start, mass_step : (c,) array
        First node and step of each coordinate; all have n_m nodes.
    y : (n_y,) array
        Nodes in y.
    ln_yield : (k, n_m, n_y) array
        ln F - y + exp(y), constant at small y.
    missing_names : (j,) array of str
        Missing-energy searches.
    ln_missing : (j, n_m) array
        ln of the number per electron on target, on the logarithmic coordinate.
    scattering_names : (s,) array of str
        Searches for dark matter that scatters.
    scattering_step : (s,) array
        Step in ln(m_U / MeV), which starts at 0.
    ln_scattering : (4, s, n, n_v) array
        ln of ``dark_matter_scattering.yields`` by kind of dark matter, on ln m_U and on the speed
        sqrt(1 - 4 m_dm^2/m_U^2).
    """

    names: np.ndarray[tuple[int], np.dtype[np.str_]]
    ln_y_scale: Array
    coordinate: np.ndarray[tuple[int], np.dtype[np.int64]]
    meson_mass: Array
    mass_start: Array
    mass_step: Array
    y: Array
    ln_yield: Array
    missing_names: np.ndarray[tuple[int], np.dtype[np.str_]]
    ln_missing: Array
    scattering_names: np.ndarray[tuple[int], np.dtype[np.str_]]
    scattering_step: Array
    ln_scattering: Array

    def evaluate(self, m_u: Array, width: Array) -> dict[str, Array]:
        """Yields F of every row at n points, each (n,).

        Parameters
        ----------
        m_u, width : (n,) array
            Mass and total width of U [MeV], positive.

        Returns
        -------
        dict of str to (n,) array
            Events per branching ratio, and per squared production coupling over e^2 (electron dumps) or unit of
            ``proton_dump.production``.
        """
        ln_m = np.log(m_u)
        result = kernel.interpolate_yields(
            self.ln_yield,
            self.coordinate,
            self.meson_mass,
            self.mass_start,
            self.mass_step,
            self.y[0],
            self.y[1] - self.y[0],
            self.ln_y_scale,
            ln_m,
            ln_m + np.log(width),
        )
        return dict(zip(self.names.tolist(), result, strict=True))

    def missing(self, m_u: Array) -> dict[str, Array]:
        """Number of U with enough missing energy per electron and squared coupling over e^2, each (n,)."""
        result = kernel.interpolate_rows(self.ln_missing, self.mass_start[0], self.mass_step[0], np.log(m_u))
        return dict(zip(self.missing_names.tolist(), result, strict=True))

    def scattered(self, m_u: Array, m_dm: Array, kind: DarkMatter) -> dict[str, Array]:
        """Yields of dark matter that scatters, of every search, each (n,); 0 where U cannot decay to it."""
        speed = np.sqrt(np.maximum(1.0 - 4.0 * (m_dm / m_u) ** 2, 0.0))
        table = self.ln_scattering[dark_matter_scattering.KINDS.index(kind)]
        result = kernel.interpolate_planes(table, self.scattering_step, _SLOWEST, np.log(m_u), speed)
        return dict(zip(self.scattering_names.tolist(), result, strict=True))


class _Row(NamedTuple):
    name: str
    shield_m: float
    decay_m: float
    beam_gev: float
    coordinate: int
    spectra: list[DecaySpectrum]


def tabulate(settings: DumpSettings) -> DumpYields:
    """Tabulate the yields of every experiment.

    Parameters
    ----------
    settings : DumpSettings
        Experiments and readings.

    Returns
    -------
    DumpYields
        Interpolation error below 1 % in the yield wherever it matters to a likelihood; of scattering 1 % as a rule and
        8 % at worst, 2 % in the coupling.
    """
    low, high, count = _MASS_NODES
    ln_mass = np.linspace(np.log(low), np.log(high), count)
    masses = np.exp(ln_mass) / MEV_PER_GEV
    meson_mass = np.array([math.inf, *(MESON_MASS[name] for name in MESONS)])
    first = np.array([ln_mass[0], *np.full(len(MESONS), _CLOSEST_TO_MESON)])
    last = np.array([ln_mass[-1], *np.sqrt(1.0 - (low / meson_mass[1:]) ** 2)])
    y = np.linspace(*_Y_NODES)
    rows = [
        _Row(d.name, d.shield_m, d.decay_m, d.beam_gev, 0, [_electron(d, m, settings) for m in masses])
        for d in settings.dumps
    ]
    for d in settings.proton_dumps:
        for channel in proton_dump.CHANNELS:
            k = 0 if channel == "bremsstrahlung" else 1 + MESONS.index(channel)
            at = masses
            if k > 0:
                at = meson_mass[k] / MEV_PER_GEV * np.sqrt(1.0 - np.linspace(first[k], last[k], count) ** 2)
            spectra = [proton_dump.decay_spectrum(d, m, channel) for m in at]
            rows.append(_Row(f"{d.name}.{channel}", d.shield_m, d.decay_m, d.beam_gev, k, spectra))
    missing = [
        [missing_energy.yield_per_electron(search, m, exact=True) for m in masses] for search in settings.missing_energy
    ]
    ln_yield = [[_reduced(row, spectrum, y) for spectrum in row.spectra] for row in rows]
    scale = [row.shield_m / row.beam_gev / HBAR_C_GEV_M / MEV_PER_GEV**2 for row in rows]
    return DumpYields(
        names=np.array([row.name for row in rows], dtype=np.str_),
        ln_y_scale=np.log(np.array(scale, dtype=np.float64)),
        coordinate=np.array([row.coordinate for row in rows], dtype=np.int64),
        meson_mass=meson_mass,
        mass_start=first,
        mass_step=(last - first) / (count - 1),
        y=y,
        ln_yield=np.array(ln_yield, dtype=np.float64).reshape(len(rows), count, len(y)),
        missing_names=np.array([search.name for search in settings.missing_energy], dtype=np.str_),
        ln_missing=np.log(np.array(missing, dtype=np.float64)).reshape(len(missing), count),
        **_scattering(settings.scattering),
    )


def _scattering(searches: tuple[ScatteringSearch, ...]) -> dict[str, Any]:
    """The fields of the table that belong to scattering."""
    n, n_v = _SCATTERING_NODES
    speeds = np.linspace(_SLOWEST, 1.0, n_v)
    steps = [math.log(_CLOSEST_TO_PARENT * search.largest_mass) / (n - 1) for search in searches]
    yields = [
        [
            [dark_matter_scattering.yields(search, m_u, 0.5 * m_u * math.sqrt(1.0 - v * v)) for v in speeds]
            for m_u in np.exp(step * np.arange(n))
        ]
        for search, step in zip(searches, steps, strict=True)
    ]
    table = np.log(np.maximum(np.array(yields, dtype=np.float64), _NO_EVENTS))
    kinds = len(dark_matter_scattering.KINDS)
    return {
        "scattering_names": np.array([search.name for search in searches], dtype=np.str_),
        "scattering_step": np.array(steps, dtype=np.float64),
        "ln_scattering": np.moveaxis(table.reshape(len(searches), n, n_v, kinds), -1, 0),
    }


def direct_yield(spectrum: DecaySpectrum, shield_m: float, decay_m: float, m_u: float, width: float) -> float:
    """F at one point by the sum over the spectrum, without the table; mass and width in MeV."""
    decay_constant = m_u * width / MEV_PER_GEV**2 / HBAR_C_GEV_M  # m Gamma / hbar c [GeV/m]
    terms = [
        number * kernel.decay_probability(shield_m * decay_constant / p, decay_m / shield_m)
        for p, number in zip(spectrum.momentum_gev, spectrum.number, strict=True)
    ]
    return float(np.sum(terms))


def _electron(dump: ElectronDump, m_u_gev: float, settings: DumpSettings) -> DecaySpectrum:
    # Near the kinematic limit no experiment has events left; the row stays flat there instead of going to -infinity.
    m_u_gev = min(m_u_gev, _KINEMATIC_LIMIT * dump.beam_gev)
    return electron_dump.decay_spectrum(dump, m_u_gev, settings.reading, exact=settings.exact_tree)


def _reduced(row: _Row, spectrum: DecaySpectrum, y: Array) -> Array:
    momentum, number = spectrum.momentum_gev, spectrum.number
    result: Array = kernel.ln_reduced_yields(momentum, number, row.beam_gev, row.decay_m / row.shield_m, y)
    return result
