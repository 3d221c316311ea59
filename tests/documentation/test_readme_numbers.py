import json
import subprocess
import sys

import pytest

from tests.documentation.readme_numbers import README, RECORD, ROOT, answer, block, differences, with_answer

RECORD_OF_A_RUN = {
    "runs": [{"called": "2008"}, {"called": "today"}],
    "sentences": ["Below lie 36 ± 2 % of 2008 and 0.6 ± 0.1 % of today.", "The dump (0.012 % left) closes it alone."],
    "quantities": [
        {"name": "chi", "unit": "1", "2008": {"allowed": "below 1.2e-4"}, "today": {"allowed": "1e-6 to 2e-5"}},
        {"name": "m_dm_mev", "unit": "MeV", "2008": {"allowed": "0.6 to 2.5"}, "today": {"allowed": "above 12"}},
    ],
}
BLOCK = answer(RECORD_OF_A_RUN)


def test_the_block_holds_the_sentences_and_a_row_of_each_quantity():
    assert "The dump (0.012 % left) closes it alone." in BLOCK
    assert "| χ | below 1.2e-4 | 1e-6 to 2e-5 |" in BLOCK
    assert "| m_DM [MeV] | 0.6 to 2.5 | above 12 |" in BLOCK


def test_the_block_of_the_readme_can_be_replaced():
    text = README.read_text(encoding="utf-8")
    assert block(with_answer(text, BLOCK)) == BLOCK
    assert with_answer(text, block(text)) == text
    with pytest.raises(ValueError, match=r"README\.md has no"):
        block("no marks")


@pytest.mark.parametrize(
    "stated, made, message",
    [
        ("36 ± 2", "39 ± 2", None),
        ("36 ± 2", "60 ± 2", "36 ± 2 in place of 60 ± 2"),
        ("0.012 %", "0.013 %", None),
        ("0.012 %", "0.12 %", "0.012 in place of 0.12"),
        ("below 1.2e-4", "below 1.3e-4", None),
        ("below 1.2e-4", "below 1.2e-5", "1.2e-4 in place of 1.2e-5"),
        ("above 12", "below 12", "the words differ"),
    ],
)
def test_numbers_may_scatter_and_words_may_not(stated, made, message):
    text = BLOCK if stated in BLOCK else f"{BLOCK} {stated}"
    found = differences(text, text.replace(stated, made))
    if message is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(message)


@pytest.mark.slow
def test_readme_says_what_the_main_job_gives():
    # The main job is made where it is out of date: minutes.
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "results/default/index.html"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = answer(json.loads(RECORD.read_text(encoding="utf-8")))
    assert differences(block(README.read_text(encoding="utf-8")), made) == []
