"""A comparison of runs, as written in config/comparisons/NAME.yaml: eras, groups of data, what to overlay."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workflow.inference.run.config import ConfigError

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Group(BaseModel):
    """Data that are compared as one, and how to call them in a sentence."""

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
    eras: dict[str, tuple[str, ...]] = Field(min_length=1, max_length=4)
    base: tuple[str, ...] = ()
    groups: tuple[Group, Group]
    columns: tuple[str, ...] = Field(min_length=2)

    @property
    def main_runs(self) -> dict[str, str]:
        """The first run of each era."""
        return {era: runs[0] for era, runs in self.eras.items()}


def load(path: Path) -> Comparison:
    """Read and validate a comparison.

    Raises
    ------
    ConfigError
        If anything in it is wrong: one line that names the key and the value.
    """
    try:
        found = Comparison.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path}: {place}: {first['input']!r}; {first['msg'][0].lower()}{first['msg'][1:]}") from None
    for era, runs in found.eras.items():
        if not runs:
            raise ConfigError(f"{path}: eras.{era}: names no run; allowed: one or more files of config/")
    return found
