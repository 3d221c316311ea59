"""Masses of the MSSM from a file in the format of the SUSY Les Houches Accord (SLHA), hep-ph/0311123."""

from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from model.physics.hidden_sector.charges import Charges
from model.physics.hidden_sector.radiative_mass import SoftScalar
from model.physics.supersymmetry.lsp_decay import Kind

# Entries of the block MSOFT: states of one generation, colours and weak isospin counted, and their hypercharge.
SFERMIONS = (
    ((31, 32, 33), 2, 1 / 2),  # left-handed sleptons
    ((34, 35, 36), 1, 1.0),  # right-handed sleptons
    ((41, 42, 43), 6, 1 / 6),  # left-handed squarks
    ((44, 45, 46), 3, 2 / 3),  # right-handed up squarks
    ((47, 48, 49), 3, 1 / 3),  # right-handed down squarks
)
HIGGS = (21, 22)  # entries of the squared masses of the two Higgs doublets
HIGGS_STATES, HIGGS_HYPERCHARGE = 2, 1 / 2
BINO, RIGHT_SELECTRON = 1, 34
TAN_BETA = (("HMIX", 2), ("EXTPAR", 25), ("MINPAR", 3))  # the first that is there

# Codes of the Particle Data Group that the lightest supersymmetric particle may have
KINDS: dict[int, Kind] = {
    1000022: "neutralino",
    **{code + chirality: "slepton" for code in (11, 13, 15) for chirality in (1000000, 2000000)},
    **{1000000 + code: "sneutrino" for code in (12, 14, 16)},
    **{code + chirality: "squark" for code in range(1, 7) for chirality in (1000000, 2000000)},
}
# Hypercharges of the left- and right-handed sfermion of an ordinary fermion, by the last digits of its code
CHIRAL_HYPERCHARGE = {
    **dict.fromkeys((11, 13, 15), (1 / 2, 1.0)),
    **dict.fromkeys((2, 4, 6), (1 / 6, 2 / 3)),
    **dict.fromkeys((1, 3, 5), (1 / 6, 1 / 3)),
}
MIXED = {15: "STAUMIX", 6: "STOPMIX", 5: "SBOTMIX"}  # blocks of the sfermions that mix
HEAVIER = 2000000  # codes from here on are right-handed sfermions, or the heavier of two that mix
OTHERS = {1000021: "the gluino", 1000024: "a chargino", 1000037: "a chargino"}


@dataclass(frozen=True)
class MssmSpectrum:
    """What a spectrum says that this package uses.

    Attributes
    ----------
    sfermions, higgs : tuple of (int, float, float)
        States, hypercharge and squared soft mass [GeV^2] with its sign of each multiplet.
    tan_beta : float
        Ratio of the vacuum expectation values of the two Higgs doublets [1].
    m1_gev, m_er_gev : float
        Masses of the bino and of the right-handed selectron [GeV].
    lsp_kind : {"neutralino", "slepton", "sneutrino", "squark"}
        The lightest supersymmetric particle of the MSSM.
    m_lsp_gev : float
        Its mass [GeV].
    n11 : float
        Bino component of the lightest neutralino [1].
    lsp_hypercharge2 : float or None
        Mean squared hypercharge of the LSP, if it is a sfermion [1].
    """

    sfermions: tuple[tuple[int, float, float], ...]
    higgs: tuple[tuple[int, float, float], ...]
    tan_beta: float
    m1_gev: float
    m_er_gev: float
    lsp_kind: Kind
    m_lsp_gev: float
    n11: float
    lsp_hypercharge2: float | None

    def scalars(self, charges: Charges, *, higgs_doublets: bool) -> tuple[SoftScalar, ...]:
        """The scalars in the loop of Eq. (2): weights are Y^2, or one for each sfermion state of ``universal``."""
        if charges == "universal":
            return tuple(SoftScalar(states, m2) for states, _, m2 in self.sfermions)
        multiplets = (*self.sfermions, *(self.higgs if higgs_doublets else ()))
        return tuple(SoftScalar(states * hypercharge**2, m2) for states, hypercharge, m2 in multiplets)


def read(path: str) -> MssmSpectrum:
    """Read a spectrum: the blocks MSOFT, MASS, NMIX, and HMIX, EXTPAR or MINPAR for tan beta.

    A gravitino is passed over, since it is no particle of the MSSM.

    Raises
    ------
    ValueError
        If the file cannot be read, an entry is missing or no number, or the lightest supersymmetric particle is none
        of those whose decay is computed.
    """
    entries = _Entries(path, _numbers(path))
    masses = {code: abs(entries.at("MASS", code)) for code in (*KINDS, *OTHERS) if entries.has("MASS", code)}
    if not masses:
        raise ValueError(f"spectrum is {path}, whose block MASS has no superpartner; allowed: an SLHA spectrum")
    lightest = min(masses, key=lambda code: masses[code])
    if lightest in OTHERS:
        raise ValueError(
            f"spectrum is {path}, whose lightest supersymmetric particle is {OTHERS[lightest]}; allowed: a neutralino, "
            "slepton, sneutrino or squark"
        )
    tan_beta = next((place for place in TAN_BETA if entries.has(*place)), TAN_BETA[-1])
    return MssmSpectrum(
        sfermions=tuple(
            (states, hypercharge, _signed_square(entries.at("MSOFT", index)))
            for indices, states, hypercharge in SFERMIONS
            for index in indices
        ),
        higgs=tuple(
            (HIGGS_STATES, HIGGS_HYPERCHARGE, entries.at("MSOFT", index))
            for index in HIGGS
            if entries.has("MSOFT", index)
        ),
        tan_beta=entries.at(*tan_beta),
        m1_gev=abs(entries.at("MSOFT", BINO)),
        m_er_gev=abs(entries.at("MSOFT", RIGHT_SELECTRON)),
        lsp_kind=KINDS[lightest],
        m_lsp_gev=masses[lightest],
        n11=entries.at("NMIX", 1, 1),
        lsp_hypercharge2=_squared_hypercharge(entries, lightest),
    )


def _squared_hypercharge(entries: "_Entries", code: int) -> float | None:
    """Mean squared hypercharge of a superpartner: fermions without mass, which do not interfere, follow either part.

    Without its block of mixing the lighter of two sfermions that mix is taken to be the right-handed one.
    """
    fermion = code % 100
    if KINDS[code] == "neutralino":
        return None
    if KINDS[code] == "sneutrino":
        return 1 / 4
    left, right = CHIRAL_HYPERCHARGE[fermion]
    heavier = code >= HEAVIER
    if fermion not in MIXED:
        return right**2 if heavier else left**2
    block, row = MIXED[fermion], 2 if heavier else 1
    if not entries.has(block, row, 1):
        return left**2 if heavier else right**2
    return (entries.at(block, row, 1) * left) ** 2 + (entries.at(block, row, 2) * right) ** 2


def _signed_square(mass: float) -> float:
    """Squared mass; the accord writes a negative one as a negative mass."""
    return mass * abs(mass)


def _numbers(path: str) -> dict[tuple[object, ...], object]:
    """The entries of a file by their block and indices."""
    import pyslha  # slow to import, and used only where a run names a file

    try:
        text = Path(path).read_text(encoding="utf-8")
        with redirect_stderr(StringIO()):  # the parser tells there of every line that it skips
            document = pyslha.readSLHA(text)
    except OSError as error:
        reason = error.strerror
    except Exception as error:  # whatever the parser raises
        reason = str(error) or type(error).__name__
    else:
        return {
            (name.upper(), *(index if isinstance(index, tuple) else (index,))): value
            for name, block in document.blocks.items()
            for index, value in block.items()
        }
    raise ValueError(f"spectrum is {path}, which cannot be read ({reason}); allowed: an SLHA spectrum")


@dataclass(frozen=True)
class _Entries:
    """Entries of a file, which must be there and finite."""

    path: str
    numbers: Mapping[tuple[object, ...], object]

    def has(self, block: str, *index: int) -> bool:
        """Whether there is an entry."""
        return (block, *index) in self.numbers

    def at(self, block: str, *index: int) -> float:
        """The number of an entry."""
        place = " ".join(map(str, (block, *index)))
        if not self.has(block, *index):
            raise ValueError(f"spectrum is {self.path}, which lacks the entry {place}; allowed: an SLHA spectrum")
        value = self.numbers[block, *index]
        if not isinstance(value, int | float) or not abs(value) < float("inf"):
            raise ValueError(f"spectrum is {self.path}, whose entry {place} is {value!r}; allowed: a finite number")
        return float(value)
