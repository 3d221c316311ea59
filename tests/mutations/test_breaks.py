from tests.mutations.breaks import breaks_of, chosen

SOURCE = """
@dataclass(frozen=True, order=9)
# a comment with 1 + 2
def f(x: int = 3) -> int:
    if x < 2.5:
        raise ValueError(f"{x + 1}")
    return -x * (x - 4)
"""


def test_constants_bounds_signs_and_operators_are_broken_and_messages_are_not():
    broken = {each.what for each in breaks_of(SOURCE)}
    assert {"3 -> 4", "x < 2.5 -> ((x) <= (2.5))", "2.5 -> 2.75", "-x -> x", "x - 4 -> ((x) + (4))", "4 -> 5"} <= broken
    assert not any("9" in what or "True" in what for what in broken)
    assert not any("1" in what.split(" -> ")[0] for what in broken)


def test_a_break_changes_its_line_alone_and_stays_a_program():
    for each in breaks_of(SOURCE):
        after = each.applied(SOURCE)
        compile(after, "after", "exec")
        differing = [k for k, (a, b) in enumerate(zip(SOURCE.split("\n"), after.split("\n"), strict=True), 1) if a != b]
        assert differing == [each.line]


def test_breaks_are_spread_over_the_files_and_repeat():
    every = {name: breaks_of(SOURCE) for name in "abc"}
    once = chosen(every, 7, seed=3)
    assert once == chosen(every, 7, seed=3)
    assert len(set(once)) == 7
    assert {name for name, _ in once[:3]} == set("abc")
    assert len(chosen(every, 1000, seed=3)) == 3 * len(every["a"])
