"""The round itself: what counts as judged, and arguments for breaks that are there."""

import itertools
import signal

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
def test_a_broken_module_may_take_ten_times_as_long_and_the_sound_one_as_long_as_it_needs(
    seconds, limit, monkeypatch, tmp_path
):
    given = []
    monkeypatch.setattr(mutations, "_code_of", lambda *arguments: given.append(arguments) or 0)
    monkeypatch.setattr(mutations.time, "monotonic", itertools.count(0.0, seconds).__next__)
    assert mutations._limit(tmp_path, PATH) == limit
    assert given == [(tmp_path, "tests/likelihoods/test_cmb.py")]


@pytest.mark.parametrize("code, outcome", [(0, "SURVIVED"), (1, "noticed"), (-signal.SIGALRM, "timed out")])
def test_a_break_is_noticed_by_tests_that_fail_and_the_copy_is_sound_again(code, outcome, monkeypatch, tmp_path):
    (tmp_path / "likelihoods").mkdir()
    copied, sound = tmp_path / "likelihoods" / "cmb.py", PATH.read_text(encoding="utf-8")
    seen = []
    monkeypatch.setattr(mutations, "_code_of", lambda *_: seen.append(copied.read_text(encoding="utf-8")) or code)
    broken = breaks_of(sound)[0]
    assert mutations._outcome(tmp_path, PATH, broken, 900) == outcome
    assert seen == [broken.applied(sound)]
    assert copied.read_text(encoding="utf-8") == sound
