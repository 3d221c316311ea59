"""How a step of the command ends when it cannot go on: one line on standard error, and an exit code.

No traceback reaches a user. What a user can mend is one line and exit code 2. An interrupt ends with 130, as a shell
expects of a program that SIGINT stops. Anything else is a defect of the program: its traceback goes to a file that the
line names, and the exit code is 70 (EX_SOFTWARE of sysexits.h).
"""

import errno
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata

from workflow.inference.writing.refusal import Refusal

USAGE_ERROR, INTERNAL_ERROR, INTERRUPTED = 2, 70, 130
_WRONG_KIND = {
    errno.EEXIST: "is a file; allowed: a folder",
    errno.ENOTDIR: "is below a file; allowed: a path below a folder",
    errno.EISDIR: "is a folder; allowed: a file",
}


def ended(step: Callable[[], int | None]) -> int:
    """Run a step; returns its exit code, whatever happens."""
    _replace_closed_streams()
    _write_every_character()
    try:
        try:
            code = step() or 0
        finally:
            sys.stdout.flush()  # here and not at the exit of the interpreter, where an error is a traceback
    except SystemExit:  # of the parser, which has said why
        raise
    except BrokenPipeError:  # the reader of a pipe, such as head, has read enough
        _discard_output()
        return 0
    except KeyboardInterrupt:
        return _interrupted()
    except Refusal as error:
        return _end("\nmevdm: ".join(f"error: {fault}" for fault in error.faults), USAGE_ERROR)
    except OSError as error:
        if error.filename is None and error.errno in (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT):
            _discard_output()
            return _end(f"error: standard output: {os.strerror(error.errno)}", USAGE_ERROR)
        if error.filename is None or error.errno is None:
            return _internal(error)
        words = _WRONG_KIND.get(error.errno, os.strerror(error.errno))
        return _end(f"error: {error.filename}: {words}", USAGE_ERROR)
    except MemoryError:
        return _end("error: out of memory; use fewer --cores, or fewer points", USAGE_ERROR)
    except Exception as error:
        return _interrupted() if _comes_from_interrupt(error) else _internal(error)
    return code


def _interrupted() -> int:
    return _end("interrupted; no file is incomplete, and `sample` goes on where it was", INTERRUPTED)


def _comes_from_interrupt(error: BaseException | None) -> bool:
    """Whether an error is what an interrupt became: inside a compiled kernel it is the cause of a SystemError."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _internal(error: Exception) -> int:
    """One line about a defect, whose traceback is written to a file."""
    words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    text = "".join(traceback.format_exception(error))
    with suppress(OSError):
        handle, name = tempfile.mkstemp(prefix="mevdm-", suffix=".traceback")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f"mevdm {metadata.version('mevdm')}, Python {sys.version}\n{sys.argv}\n{text}")
        return _end(f"internal error: {words}; the traceback is in {name}, please report it", INTERNAL_ERROR)
    return _end(f"internal error: {words}; please report it (no file could be written)", INTERNAL_ERROR)


def _end(words: str, code: int) -> int:
    with suppress(OSError, ValueError):  # standard error may be closed or full, too
        sys.stderr.write(f"mevdm: {words}\n")
        sys.stderr.flush()
    return code


def _discard_output() -> None:
    """Send what is still in the buffer of standard output nowhere, so that the interpreter can end without an error."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _replace_closed_streams() -> None:
    """Python has no standard stream if its descriptor was closed; text that is written there is dropped."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def _write_every_character() -> None:
    """Where the encoding of standard output lacks a character, such as a dash in ASCII, its code is written."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
