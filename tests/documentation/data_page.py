"""`python -m tests.documentation.data_page` writes docs/physics/data.md from the data files of the likelihoods."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DATA = ROOT / "likelihoods" / "data"
PAGE = ROOT / "docs" / "physics" / "data.md"
WORDS = ("source", "tag", "note", "bins")  # fields of an entry that are not its numbers

INTRODUCTION = """\
# Data

Every datum of the likelihoods with its error, era, source and verification tag ([README.md](README.md) explains the
tags). The numbers live in `likelihoods/data/*.yaml`, which also have the notes. This page is written from those files
by `python -m tests.documentation.data_page`, and a test compares the two. Eras: `2008` is what the paper and its
references had, `modern` is the status of 2025 with a few items of early 2026."""

CHOICES = """
The determinations of the electron's moment from Cs and Rb, the two modern values of N_eff, and the flux and the
morphology of the line are alternatives: a run uses one of each."""

ELSEWHERE = """
## 8 Data that stand elsewhere

The baryon densities of the eras, 0.02273 ± 0.00062 (WMAP5, 0803.0586 [V-abs]) and 0.0224 ± 0.0002 (Planck 2018 with
N_eff free [M]), enter the prediction of the primordial abundances ([early_universe.md](early_universe.md), section 6).
Rates and yields of astrophysical sources are in section 8 of [galaxy.md](galaxy.md), and halo priors in its
section 1."""


def page() -> str:
    """The page."""
    sky = _read("sky_511kev")
    parts = [
        INTRODUCTION,
        *_section(
            "1 Measurements", "measurements", ("key", "observable", "year", "value ± error", "unit"), _measurements()
        ),
        CHOICES,
        *_section(
            "2 Models of the 511 keV sky",
            "sky_511kev",
            (
                "template (year)",
                "component",
                "flux [ph/cm^2/s]",
                "width l × b [deg]",
                "centre l, b [deg]",
                "rel. error",
            ),
            _components(sky["templates"]),
        ),
        "\nFull width at half maximum of the point-spread functions:\n",
        *_table(
            ("telescope", "width [deg]"),
            [(f"`{k}`", _number(e["psf_fwhm_deg"]), *_origin(e)) for k, e in sky["telescopes"].items()],
        ),
        *_section("3 Continuum and injection energy", "continuum_spectra", ("entry", "numbers"), _continuum()),
        *_section(
            "4 Neutrino-electron scattering, over the Standard Model",
            "neutrino_electron_scattering",
            ("experiment", "year", "ratio ± error"),
            [
                (f"`{name}`", str(entry["year"]), _with_error(entry["ratio"], entry["sigma"]), *_origin(entry))
                for name, entry in _read("neutrino_electron_scattering").items()
            ],
        ),
        *_section("5 Quarkonium, limits at 90 %", "quarkonium", ("state", "decay", "year", "limit"), _quarkonium()),
        *_section("6 Direct detection, limits at 90 %", "direct_detection", ("experiment", "points"), _recoils()),
        *_section(
            "7 Experiments of the kinetic mixing",
            "kinetic_mixing_experiments",
            ("experiment", "technique", "year"),
            _mixing(),
        ),
        ELSEWHERE,
    ]
    return "\n".join(parts) + "\n"


def _section(title: str, file: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]]):
    return [f"\n## {title}\n\nFrom `likelihoods/data/{file}.yaml`.\n", *_table(columns, rows)]


def _table(columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    columns = (*columns, "source", "tag")
    lines = [columns, ("---",) * len(columns), *rows]
    return ["| " + " | ".join(cell.replace("|", "&#124;") for cell in line) + " |" for line in lines]


def _measurements() -> Iterator[tuple[str, ...]]:
    for key, entry in _read("measurements").items():
        value = _with_error(entry["value"], entry["sigma"])
        yield f"`{key}`", f"`{entry['observable']}`", str(entry["year"]), value, entry["unit"], *_origin(entry)


def _components(templates: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, template in templates.items():
        for part, entry in {**template["components"], "disk": template["disk"]}.items():
            width = f"{_number(entry['sigma_l_deg'])} × {_number(entry['sigma_b_deg'])}"
            centre = f"{_number(entry['l_deg'])}, {_number(entry['b_deg'])}"
            numbers = _number(entry["flux"]), width, centre, _number(entry["relative_error"])
            yield f"`{name}` ({template['year']})", part.replace("_", " "), *numbers, *_origin(entry)


def _continuum() -> Iterator[tuple[str, ...]]:
    content = _read("continuum_spectra")
    spectra = content.pop("spectra")
    for name, entry in {**spectra, **content}.items():
        numbers = [f"{key.replace('_', ' ')} {_number(value)}" for key, value in entry.items() if key not in WORDS]
        if "bins" in entry:
            first, last = entry["bins"][0], entry["bins"][-1]
            numbers.append(f"{len(entry['bins'])} bins from {_number(first[0])} to {_number(last[1])} MeV")
        yield f"`{name}`", ", ".join(numbers), *_origin(entry)


def _quarkonium() -> Iterator[tuple[str, ...]]:
    for name, entry in _read("quarkonium").items():
        for decay in ("invisible", "photon_invisible"):
            for limit in entry[decay]:
                numbers = str(limit["year"]), _number(limit["limit_90"])
                yield f"`{name}`", decay.replace("_", " "), *numbers, *_origin(limit)


def _recoils() -> Iterator[tuple[str, ...]]:
    for name, entry in _read("direct_detection").items():
        masses, limits = entry["mass_mev"], entry["limit_cm2"]
        ends = [f"{_number(limits[k])} cm^2 at {_number(masses[k])} MeV" for k in (0, -1)]
        yield f"`{name}`", f"{len(masses)} from {ends[0]} to {ends[1]}", *_origin(entry)


def _mixing() -> Iterator[tuple[str, ...]]:
    for name, entry in _read("kinetic_mixing_experiments")["experiments"].items():
        yield f"`{name}`", entry["group"], str(entry["year"]), *_origin(entry)


def _origin(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry["source"], entry["tag"]


def _with_error(value: float, sigma: float) -> str:
    return f"{_number(value)} ± {_number(sigma)}"


def _number(value: Any) -> str:
    return " to ".join(map(_number, value)) if isinstance(value, list) else f"{value:.6g}"


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
