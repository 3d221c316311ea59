import threading

import pytest

from workflow.inference.command import compilation
from workflow.inference.command.compilation import compile_kernels, compiled_once

PARTS = ("model.minimal", "cmb")


def test_the_first_compilation_is_announced_and_the_second_time_nothing_is_said(tmp_path, capsys):
    with compiled_once(tmp_path, PARTS):
        pass
    first = capsys.readouterr().err
    with compiled_once(tmp_path, PARTS):
        pass
    assert first.count("\n") == 1
    assert "compiling kernels" in first
    assert capsys.readouterr().err == ""


def test_a_second_process_waits_until_the_first_has_compiled(tmp_path, capsys):
    order, begun = [], threading.Event()

    def second():
        begun.wait()
        with compiled_once(tmp_path, PARTS):
            order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with compiled_once(tmp_path, PARTS):
        begun.set()
        other.join(timeout=0.5)  # it does not come to its block while this one runs
        order.append("first")
    other.join(timeout=10.0)
    assert order == ["first", "second"]
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == ["compiling", "waiting"]


def test_a_compilation_that_fails_is_not_taken_for_done(tmp_path, capsys):
    with pytest.raises(ZeroDivisionError), compiled_once(tmp_path, PARTS):
        _ = 1 / 0
    capsys.readouterr()
    with compiled_once(tmp_path, PARTS):
        pass
    assert "compiling" in capsys.readouterr().err


def test_other_parts_and_another_processor_are_compiled_again(tmp_path, monkeypatch, capsys):
    with compiled_once(tmp_path, PARTS):
        pass
    with compiled_once(tmp_path, PARTS[:1]):
        pass
    assert capsys.readouterr().err.count("compiling") == 2
    monkeypatch.setattr(compilation, "processor", lambda: "another")
    with compiled_once(tmp_path, PARTS):
        pass
    assert "compiling" in capsys.readouterr().err


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, capsys):
    with compiled_once(tmp_path / "absent", PARTS):
        pass
    assert "compiling" in capsys.readouterr().err


def test_the_kernels_of_a_run_are_stamped_once_they_were_used(posterior_of, tmp_path, capsys):
    posterior = posterior_of("line_stellar")
    compile_kernels(posterior, tmp_path)
    compile_kernels(posterior, tmp_path)
    assert capsys.readouterr().err.count("compiling") == 1
    assert len(list(tmp_path.glob("compiled-*"))) == 1


def test_without_compilation_there_is_nothing_to_wait_for(monkeypatch, posterior_of, capsys):
    monkeypatch.setattr(compilation, "place", lambda: None)
    compile_kernels(posterior_of("line_stellar"))
    assert capsys.readouterr().err == ""
