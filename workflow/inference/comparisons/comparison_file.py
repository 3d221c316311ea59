"""Files of config/comparisons: which runs are compared, and on which data."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workflow.inference.run.errors import ConfigError, allowed, not_text, place_of
from workflow.inference.run.run_file import parse

_Form = TypeVar("_Form", bound=BaseModel)
_STRICT = ConfigDict(extra="forbid", frozen=True)
_LONGEST_SHOWN = 80  # characters of a wrong value in a message


class Group(BaseModel):
    """Data that are compared as one group, and the name of the group in sentences."""

    model_config = _STRICT
    called: str
    likelihoods: tuple[str, ...] = Field(min_length=1)


class Comparison(BaseModel):
    """Which runs are compared.

    ``eras`` maps the name of an era to its runs, the first being the one whose tension and pulls are shown; Bayes
    factors are relative to it, among runs with the same likelihoods. ``base`` are likelihoods that both groups share.
    """

    model_config = _STRICT
    description: str = ""
    eras: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(min_length=1, max_length=4)
    base: tuple[str, ...] = ()
    groups: tuple[Group, Group]
    columns: tuple[str, ...] = Field(min_length=2)


class Truth(BaseModel):
    """The run and the era of data whose best fit a forecast assumes to be true."""

    model_config = _STRICT
    run: str
    era: str


class Rivals(BaseModel):
    """Hypotheses by name with their runs, the overrides that make an era, and the truths of eras yet to come."""

    model_config = _STRICT
    description: str = ""
    hypotheses: dict[str, str] = Field(min_length=2)
    eras: dict[str, tuple[str, ...]] = Field(min_length=1, max_length=4)
    truths: dict[str, Truth] = {}


class NamedRun(BaseModel):
    """A run, and the words for its era in sentences."""

    model_config = _STRICT
    called: str
    run: str


class ThenAndNow(BaseModel):
    """Two runs of one model with earlier and later data, and the quantities that are shown of both."""

    model_config = _STRICT
    description: str = ""
    earlier: NamedRun
    later: NamedRun
    columns: tuple[str, ...] = Field(min_length=2)


def load(path: Path, form: type[_Form]) -> _Form:
    """Read and validate a file.

    Parameters
    ----------
    path : Path
        The file.
    form : type
        `Comparison`, `Rivals` or `ThenAndNow`.

    Raises
    ------
    ConfigError
        If anything in the file is wrong: a line for each fault, which names the key and the value.
    """
    try:
        raw = parse(path.read_text(encoding="utf-8"))
        unnamed = not_text(raw)
        if unnamed:
            raise ConfigError("\n".join(unnamed))
        return form.model_validate(raw)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {_message(each, form)}" for each in error.errors())) from None


def _message(details: Any, form: type[BaseModel]) -> str:
    """What is wrong at one place of a file."""
    place = ".".join(place_of(details["loc"]))
    match details["type"]:
        case "missing":
            return f"{place}: missing"
        case "extra_forbidden" if len(details["loc"]) == 1:
            return f"{place}: unknown key; allowed: {', '.join(form.model_fields)}"
    shown = repr(details["input"])
    shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}..."
    return f"{place}: {shown}; allowed: {allowed(details)}"


def require_results(comparison: Comparison, results: Path) -> None:
    """Check that every run of a comparison is there.

    Raises
    ------
    ConfigError
        If a file of a run is missing.
    """
    for era, run in ((era, run) for era, runs in comparison.eras.items() for run in runs):
        _require(
            results / run, ("posterior.nc", "diagnostics.json", "evidence.json"), era, "`snakemake --cores all verdict`"
        )


def require_files(runs: tuple[NamedRun, ...], results: Path) -> None:
    """Check that the runs of the first page are there.

    Raises
    ------
    ConfigError
        If a file of a run is missing.
    """
    for named in runs:
        _require(results / named.run, ("posterior.nc", "diagnostics.json"), named.called, "`snakemake --cores all`")


def _require(folder: Path, names: tuple[str, ...], era: str, command: str) -> None:
    for name in names:
        path = folder / name
        if not path.exists():
            raise ConfigError(f"{path}: is missing, a run of era {era}; run {command}")
