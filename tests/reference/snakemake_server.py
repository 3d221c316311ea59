"""Snakemake imported once for many commands: each runs in a fork of this process, which has its own state.

Standard input has one command a line, ``[folder, [argument, ...]]`` as JSON. Standard output has one answer a line,
``[exit code, text]``, where the text is both streams of the command.
"""

import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from snakemake import cli

for module in ("snakemake.workflow", "snakemake.report.html_reporter", "snakemake.storage", "requests", "smart_open"):
    import_module(module)  # before the fork, so that no command needs to


def run(folder: str, arguments: list[str]) -> tuple[int, str]:
    """Exit code and text of one command."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as stream:
        child = os.fork()
        if child == 0:
            for descriptor in (1, 2):
                os.dup2(stream.fileno(), descriptor)
            os.chdir(folder)
            sys.argv[1:] = arguments
            cli.main()  # ends the process
        _, status = os.waitpid(child, 0)
        stream.seek(0)
        return os.waitstatus_to_exitcode(status), stream.read()


if __name__ == "__main__":
    sys.argv[0] = str(Path(cli.__file__).with_name("__main__.py"))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(*json.loads(line))) + "\n")
        sys.stdout.flush()
