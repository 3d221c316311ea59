"""The round itself: what counts as judged, and arguments for breaks that are there."""

import itertools
import signal
import subprocess
import sys

import pytest

from tests.mutations import __main__ as mutations
from tests.mutations.breaks import breaks_of

PATH = mutations.ROOT / "likelihoods" / "cmb.py"


@pytest.mark.parametrize("known", mutations.EQUIVALENT)
def test_an_argument_is_about_a_break_of_todays_source(known):
    name, _, what = known.partition(": ")
    source = (mutations.ROOT / name).read_text(encoding="utf-8")
    part, reason = mutations.EQUIVALENT[known]
    lines = [source.splitlines()[each.line - 1] for each in breaks_of(source) if each.what == what]
    assert any(part in line for line in lines)
    assert reason


@pytest.mark.parametrize("code", [1, -signal.SIGALRM])
def test_breaks_are_unjudged_where_the_sound_module_fails(code, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(mutations, "_code_of", lambda *_: code)
    limit = mutations._limit(tmp_path, PATH)
    assert mutations._outcome(tmp_path, PATH, breaks_of(PATH.read_text(encoding="utf-8"))[0], limit) == "UNJUDGED"
    assert capsys.readouterr().out == f"tests/likelihoods/test_cmb.py ends with {code} with the sound module\n"


@pytest.mark.parametrize("seconds, limit", [(5.0, 900), (600.0, 6000)])
def test_a_broken_module_may_take_ten_times_as_long_as_the_sound_one(seconds, limit, monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr(mutations, "_code_of", lambda *arguments: given.append(arguments) or 0)
    monkeypatch.setattr(mutations.time, "monotonic", itertools.count(0.0, seconds).__next__)
    assert mutations._limit(tmp_path, PATH) == limit
    assert given == [(tmp_path, "tests/likelihoods/test_cmb.py", mutations.LONGEST_SOUND_S)]


@pytest.mark.parametrize("code, outcome", [(0, "SURVIVED"), (1, "noticed"), (-signal.SIGALRM, "timed out")])
def test_a_break_is_noticed_by_tests_that_fail_and_the_copy_is_sound_again(code, outcome, monkeypatch, tmp_path):
    (tmp_path / "likelihoods").mkdir()
    copied, sound = tmp_path / "likelihoods" / "cmb.py", PATH.read_text(encoding="utf-8")
    copied.write_text(sound, encoding="utf-8")
    seen = []
    monkeypatch.setattr(mutations, "_code_of", lambda *_: seen.append(copied.read_text(encoding="utf-8")) or code)
    broken = breaks_of(sound)[0]
    assert mutations._outcome(tmp_path, PATH, broken, 900) == outcome
    assert seen == [broken.applied(sound)]
    assert copied.read_text(encoding="utf-8") == sound


def test_compiled_code_of_a_break_is_not_taken_for_that_of_the_sound_source(monkeypatch, tmp_path):
    """A break as long as the sound source that is noticed within a second: Python compares sizes and seconds."""
    source, copied = tmp_path / "sound" / "eras.py", tmp_path / "copy" / "eras.py"
    for path in (source, copied):
        path.parent.mkdir()
        path.write_text("YEAR = 2008\n", encoding="utf-8")

    def year():
        code = "import eras; print(eras.YEAR)"
        environment = {"PYTHONPATH": str(copied.parent)}  # compiled code is written
        return int(
            subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout
        )

    years = []
    monkeypatch.setattr(mutations, "ROOT", source.parent)
    monkeypatch.setattr(mutations, "_name_of_tests", str)
    monkeypatch.setattr(mutations, "_code_of", lambda *_: years.append(year()) or 1)
    assert year() == 2008
    breaks = breaks_of("YEAR = 2008\n")
    for _ in range(3):
        assert mutations._outcome(copied.parent, source, breaks[0], 900) == "noticed"
        assert year() == 2008
    assert years == [2009, 2009, 2009]
