import csv
import re
import shutil

import pytest

from workflow.inference.atlas.atlas import FIGURES
from workflow.inference.drawing.figure_files import KINDS
from workflow.inference.figures.run_figures import PLANE
from workflow.inference.gallery.gallery import OF_RUN, TITLES, write_gallery
from workflow.inference.gallery.paper_statements import Statement, Target

STATEMENTS = (Statement("a mass", "6 MeV²", "6.38 MeV²", "one digit"),)
PUBLISHED = STATEMENTS, (Target("Majorana", "10.3", "6.60e-12", "7.06e-12", "1.07"),)


@pytest.fixture
def folders(tmp_path):
    for folder, names in (("atlas", FIGURES), ("planes", [PLANE])):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.png").write_bytes(b"\x89PNG")
    header = "experiment,mass_mev,case,lower,lower_published,upper,upper_published,source,tag,lower_ratio,upper_ratio"
    (tmp_path / "planes" / "reproduction.csv").write_text(f"{header}\ne137,5,visible,1,2,,,fig. 2,D,0.5,\n")
    return tmp_path


def test_every_figure_has_its_title_caption_command_and_files(folders):
    assert set(TITLES) == {PLANE, *FIGURES}
    write_gallery(folders / "atlas", folders / "planes", PUBLISHED, folders / "gallery")
    html = (folders / "gallery" / "index.html").read_text()
    assert re.findall(r'<h2 id="([^"]+)"', html) == [*TITLES, "paper", "targets", "edges"]
    assert html.count("<figcaption>") == html.count('class="note"><code>snakemake --cores all ') == len(TITLES)
    for file in re.findall(r'href="\.\./([^"]+)"', html):
        assert re.fullmatch(r"(atlas|planes)/\w+\.(pdf|svg|csv|txt)", file)
    assert html.count('href="../') == 4 * len(TITLES)


def test_published_numbers_stand_beside_ours(folders):
    write_gallery(folders / "atlas", folders / "planes", PUBLISHED, folders / "gallery")
    html = (folders / "gallery" / "index.html").read_text()
    assert "<td>6 MeV²</td><td>6.38 MeV²</td>" in html
    assert '<td class="n">2</td><td class="n">0.5</td>' in html
    assert '<td class="n">7.06e-12</td><td class="n">1.07</td>' in html
    rows = list(csv.DictReader((folders / "gallery" / "paper_statements.csv").read_text().splitlines()))
    assert rows == [STATEMENTS[0]._asdict()]


def test_a_missing_figure_is_an_error(folders):
    (folders / "atlas" / "n_eff.png").unlink()
    with pytest.raises(FileNotFoundError, match="n_eff"):
        write_gallery(folders / "atlas", folders / "planes", PUBLISHED, folders / "gallery")


def test_figures_of_runs_follow_and_their_draws_are_in_the_figure_of_decays(folders, posterior_path):
    run = folders / "my_run"
    (run / "figures").mkdir(parents=True)
    shutil.copy(posterior_path, run / "posterior.nc")
    for name in OF_RUN:
        (run / "figures" / f"{name}.png").write_bytes(b"\x89PNG")
    write_gallery(folders / "atlas", folders / "planes", PUBLISHED, folders / "gallery", [run])
    html = (folders / "gallery" / "index.html").read_text()
    headings = re.findall(r'<h2 id="([^"]+)"', html)
    assert headings[-6:-3] == [f"my_run-{name}" for name in OF_RUN]
    assert "snakemake --cores all gallery --config runs=my_run</code>" in html
    assert (folders / "gallery" / "lsp_decay.pdf").is_file()
    links = re.findall(r'href="([^"]+)"', html)
    assert not [link for link in links if link.endswith(".png")]  # it is in the page
    others = [kind for kind in KINDS if kind != "png"]
    assert [link for link in links if link.startswith("lsp_decay.")] == [f"lsp_decay.{kind}" for kind in others]
    for name in OF_RUN:
        of_run = [link for link in links if link.startswith(f"../my_run/figures/{name}.")]
        assert of_run == [f"../my_run/figures/{name}.{kind}" for kind in others]
