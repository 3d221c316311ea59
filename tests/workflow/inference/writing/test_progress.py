from tqdm import tqdm

from workflow.inference.writing.progress import say


def test_a_line_goes_to_standard_error_and_leaves_a_bar_whole(capsys):
    with tqdm(total=2, leave=False) as bar:
        bar.update()
        say("300 steps")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "300 steps\n" in captured.err
