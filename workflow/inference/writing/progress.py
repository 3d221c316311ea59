"""Lines that tell what a step is doing, on standard error."""

import sys

from tqdm import tqdm


def say(line: str) -> None:
    """Write a line of progress to standard error without damage to a progress bar."""
    tqdm.write(line, file=sys.stderr)
