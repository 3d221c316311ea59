"""Every experiment of the kinetic mixing at once, and files with other experiments than the shipped ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from likelihoods.data import kinetic_mixing_experiments
from likelihoods.kinetic_mixing import Likelihood
from likelihoods.mixing.experiments import all_experiments

EVERYTHING = Likelihood(include="all", era="modern", sn1987a_depth=4.0)
SELECTABLE = tuple(name for name, experiment in all_experiments().items() if experiment.record.option is None)


def of_kind(kind: str) -> dict[str, Any]:
    """Shipped experiments of one kind by name."""
    return {name: experiment for name, experiment in all_experiments().items() if experiment.record.kind == kind}


# A search and a dump that do not exist, with numbers of the size of those that do.
IMAGINED = {
    "imagined_search": {
        "kind": "prompt_resonance",
        "group": "resonance searches",
        "label": "Imagined search",
        "colour": "#123456",
        "year": 2007,
        "mass_mev": [10.0, 30.0, 100.0],
        "epsilon_90": [1e-3, 2e-3, 1e-3],
        "production": "electron",
        "channels": ["electrons"],
        "momentum_mev": 1000.0,
        "flight_m": 0.01,
        "confidence": 0.90,
        "source": "nowhere",
        "tag": "M",
        "note": "imagined for a test",
    },
    "imagined_dump": {
        "kind": "electron_dump",
        "group": "electron beam dumps",
        "label": "Imagined dump",
        "colour": "#654321",
        "year": 1990,
        "runs": [
            {
                "beam_gev": 2.5,
                "electrons": 1e17,
                "target": "W",
                "thickness_x0": 680.0,
                "shield_m": 2.0,
                "decay_m": 2.0,
                "threshold_gev": 0.1,
                "detector_radius_m": 0.0,
                "efficiency": 1.0,
                "published_acceptance": 0.5,
                "flux": "improved",
                "k_factor": "W 2.5 GeV, x > 0.05",
            }
        ],
        "statistic": {"kind": "poisson", "observed": 0, "background": 0.0},
        "edge_events": 3.0,
        "confidence": 0.95,
        "source": "nowhere",
        "tag": "M",
        "note": "imagined for a test",
        "published": {"source": "nowhere", "points": [[10.0, 5e-7, 1e-4]]},
    },
}


def write_experiments(path: Path, added: Mapping[str, Any], kept: tuple[str, ...]) -> Path:
    """A file with the shipped entries that are kept and further ones behind them."""
    raw = yaml.safe_load(kinetic_mixing_experiments.FILE.read_text(encoding="utf-8"))
    raw["experiments"] = {name: raw["experiments"][name] for name in kept} | dict(added)
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    return path
