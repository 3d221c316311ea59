"""The draws of a run as a result file of bilby.

bilby reads its own JSON: a table is marked by ``__dataframe__`` and the rest are plain values. The draws are equally
weighted. Priors are left out, since bilby has no class for some of ours; they are in the meta data as text.
"""

import json
from pathlib import Path
from typing import Any

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.exports.draws_table import draws_table
from workflow.inference.writing.artefacts import write_text


def record(file: PosteriorFile, evidence: dict[str, Any] | None) -> dict[str, Any]:
    """The arguments of ``bilby.core.result.Result``."""
    table = draws_table(file).drop(columns=["chain", "draw"])
    parameters = file.names("parameter")
    labels = [f"${file.posterior[name].attrs['label']}$" for name in parameters]
    units = [str(file.posterior[name].attrs["units"]) for name in parameters]
    weighed = evidence or {}
    return {
        "label": file.run,
        "outdir": ".",
        "sampler": "emcee",
        "search_parameter_keys": parameters,
        "fixed_parameter_keys": [],
        "posterior": {
            "__dataframe__": True,
            "content": {name: column.tolist() for name, column in table.items()},
        },
        "log_evidence": weighed.get("ln_z"),
        "log_evidence_err": weighed.get("error"),
        "parameter_labels": labels,
        "parameter_labels_with_unit": [
            label if unit == "1" else f"{label} [{unit}]" for label, unit in zip(labels, units, strict=True)
        ],
        "meta_data": {
            "priors": {name: str(file.posterior[name].attrs["prior"]) for name in parameters},
            "config": file.config,
        },
    }


def write_result(file: PosteriorFile, evidence: dict[str, Any] | None, folder: Path) -> list[Path]:
    """Write ``RUN_result.json``, which ``bilby.read_in_result`` opens."""
    path = folder / f"{file.run}_result.json"
    content = {key: value for key, value in record(file, evidence).items() if value is not None}
    write_text(path, json.dumps(content))
    return [path]
