"""Every way in which a step can fail is one line on standard error and an exit code, and never a traceback."""

import errno
import io
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reference.runs import ROOT

from workflow.inference.command.endings import ended
from workflow.inference.run.errors import ConfigError
from workflow.inference.writing.artefacts import write_bytes
from workflow.inference.writing.origin import ArtefactError

FAILURES = {
    "input": (ConfigError("x: 1; allowed: 2"), 2, "mevdm: error: x: 1; allowed: 2\n"),
    "faults of a config": (ConfigError("x: 1\ny: 2"), 2, "mevdm: error: x: 1\nmevdm: error: y: 2\n"),
    "artefact": (ArtefactError("a.json: broken;\n run `b`"), 2, "mevdm: error: a.json: broken; run `b`\n"),
    "path": (PermissionError(13, "Permission denied", "somewhere"), 2, "mevdm: error: somewhere: Permission denied\n"),
    "memory": (MemoryError(), 2, "mevdm: error: out of memory; use fewer --cores, or fewer points\n"),
    "interrupt": (
        KeyboardInterrupt(),
        130,
        "mevdm: interrupted; no file is incomplete, and `sample` goes on where it was\n",
    ),
}


def failing(error):
    def step():
        raise error

    return step


@pytest.mark.parametrize("name", FAILURES)
def test_what_a_user_can_mend_is_a_line_for_each_fault(name, capsys):
    error, code, line = FAILURES[name]
    assert ended(failing(error)) == code
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("by\nzero"), OSError("without a number"), RuntimeError("x" * 5000)]
)
def test_a_defect_is_one_line_that_names_the_file_of_its_traceback(error, capsys):
    assert ended(failing(error)) == 70
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert len(line) < 600
    path = Path(re.search(r"the traceback is in (\S+), please report it", line)[1])
    text = path.read_text()
    path.unlink()
    assert f"{type(error).__name__}: {error}" in text
    assert "in step" in text


def test_an_interrupt_inside_a_compiled_kernel_is_an_interrupt(capsys):
    """CPython turns it into a SystemError, whose cause it is."""

    def step():
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as interrupt:
            raise SystemError("CPUDispatcher returned a result with an exception set") from interrupt

    assert ended(step) == 130
    assert capsys.readouterr().err.startswith("mevdm: interrupted; ")


def test_the_code_of_a_step_is_passed_on():
    assert ended(lambda: 3) == 3
    assert ended(lambda: None) == 0


def run(arguments, **options):
    """The command in a process of its own: exit code and standard error."""
    command = [sys.executable, "-m", "workflow.inference", *arguments]
    done = subprocess.run(command, cwd=ROOT, text=True, check=False, timeout=300, stderr=subprocess.PIPE, **options)
    assert "Traceback" not in done.stderr, done.stderr
    assert "Exception ignored" not in done.stderr, done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("arguments", [["schema"], ["--help"], ["--version"]])
def test_a_full_disk_below_standard_output_is_one_line(arguments):
    with Path("/dev/full").open("w") as full:
        code, line = run(arguments, stdout=full)
    assert (code, line) == (2, "mevdm: error: standard output: No space left on device\n")


def test_a_closed_standard_output_is_no_error():
    assert run(["schema"], preexec_fn=lambda: os.close(1)) == (0, "")


def test_closed_standard_error_is_no_error():
    code, _ = run(["describe", "nothing"], preexec_fn=lambda: os.close(2), stdout=subprocess.DEVNULL)
    assert code == 2


def test_a_reader_who_reads_one_line_is_no_error():
    with subprocess.Popen(["head", "-1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as head:
        assert run(["schema"], stdout=head.stdin) == (0, "")


def test_a_file_that_grows_beyond_what_the_disk_holds_is_named(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as error:
            write_bytes(tmp_path / "a.bin", bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert error.value.filename == str(tmp_path / "a.bin")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("code", ["raise SystemExit(5)", "import time; print('ready', flush=True); time.sleep(10)"])
def test_an_interrupt_at_any_time_ends_with_130(code):
    program = (
        f"from workflow.inference.command.endings import ended; import sys; sys.exit(ended(lambda: exec({code!r})))"
    )
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
    # A shell starts what runs in its background with SIGINT ignored, and children inherit this from the tests.
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen([sys.executable, "-c", program], **options) as process:
        if "ready" in code:
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.1)
            process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=60)
    assert process.returncode == (130 if "ready" in code else 5)
    assert words.count("\n") == ("ready" in code)


@pytest.mark.parametrize(
    "error, words",
    [
        (FileExistsError(errno.EEXIST, "File exists", "a"), "mevdm: error: a: is a file; allowed: a folder\n"),
        (
            NotADirectoryError(errno.ENOTDIR, "", "a/b"),
            "mevdm: error: a/b: is below a file; allowed: a path below a folder\n",
        ),
        (IsADirectoryError(errno.EISDIR, "", "a"), "mevdm: error: a: is a folder; allowed: a file\n"),
        (PermissionError(errno.EACCES, "", "a"), "mevdm: error: a: Permission denied\n"),
    ],
)
def test_a_path_of_the_wrong_kind_is_said_to_be_so(error, words, capsys):
    def step():
        raise error

    assert ended(step) == 2
    assert capsys.readouterr().err == words


@pytest.mark.parametrize(
    "encoding, written", [("ascii", b"\\u2013 \\xe9\n"), ("latin-1", b"\\u2013 \xe9\n"), ("utf-8", "– é\n".encode())]
)
def test_a_character_that_standard_output_does_not_have_is_no_error(encoding, written, monkeypatch, capsys):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stream)

    def step():
        sys.stdout.write("\N{EN DASH} é\n")

    assert ended(step) == 0
    assert stream.buffer.getvalue() == written
    assert capsys.readouterr().err == ""
