"""`python -m tests.validation [NAME ...]`: measure, and write docs/validation.md. Exit code 1 if a check fails."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tests.validation import agreement, calibration, known_targets, page, prior_recovery, prior_sensitivity, seeds
from tests.validation.page import Section

SECTIONS: dict[str, Callable[[Path | None], Section]] = {
    "targets": lambda _: known_targets.measure(),
    "prior": prior_recovery.measure,
    "agreement": agreement.measure,
    "seeds": seeds.measure,
    "sensitivity": prior_sensitivity.measure,
    "calibration": calibration.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure the sections that are named, or all, and write the page from all that are kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.validation", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", choices=[[], *SECTIONS], help=", ".join(SECTIONS))
    parser.add_argument("--tables", type=Path, help="where computed tables are kept [results/tables]")
    options = parser.parse_args(arguments)
    passed = True
    for name in options.names or SECTIONS:
        section = SECTIONS[name](options.tables)
        page.keep(section)
        page.write(list(SECTIONS))
        passed &= section.passed
        for words, held in section.checks.items():
            sys.stdout.write(f"{'holds' if held else 'FAILS'}: {section.name}: {words}\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
