"""The report: verdict first, nothing loaded from outside, and everything that a reader needs to judge a run."""

import itertools
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from reference import synthetic_posterior
from reference.origins import changed, draw_blanks
from reference.synthetic_posterior import ORIGIN_OF_RUN

from workflow.inference.atlas.published_edges import EdgeRow, write_reproduction
from workflow.inference.estimates import posterior_file
from workflow.inference.figures.run_figure import caption
from workflow.inference.figures.run_figures import FIGURES, PLANE, PROFILE
from workflow.inference.report.report import Inputs, banner, check_origins, write_report
from workflow.inference.writing.bibtex import references
from workflow.inference.writing.origin import ArtefactError, digest, read_origin, write_json, write_npz
from workflow.inference.writing.refusal import Refusal

IMAGES = (*FIGURES, PLANE)
VOID = {"meta", "img", "br", "link", "hr", "input"}


class _Page(HTMLParser):
    """Texts, attributes and open elements of a page."""

    def __init__(self):
        super().__init__()
        self.texts, self.loads, self.links, self.alts, self.open = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        found = [values[key] for key in ("src", "href", "data", "action", "srcset") if values.get(key)]
        if tag == "a":
            self.links += found
        else:
            self.loads += found
        if tag == "img":
            self.alts.append(values.get("alt", ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and not {"style", "title", "script"} & set(self.open):
            self.texts.append(data.strip())


def draw_figures(folder, run):
    draw_blanks(folder, IMAGES, replace(ORIGIN_OF_RUN, parents={"posterior.nc": digest(run / "posterior.nc")}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, run):
    out = tmp_path_factory.mktemp("figures")
    draw_figures(out, run)
    row = EdgeRow("e137", 5.0, "visible", 2.6e-8, 2.5e-8, 8.5e-5, None, "1209.6083 fig. 2", "D")
    write_reproduction((row,), out / "reproduction.csv")
    return out


@pytest.fixture(scope="module")
def run(posterior_path):
    return posterior_path.parent


def _report(folder, run, out, change=None, **more):
    changed(run / "diagnostics.json", change or (lambda _: None), out / "diagnostics.json")
    inputs = Inputs(
        run / "posterior.nc",
        out / "diagnostics.json",
        run / "evidence.json",
        folder,
        folder / "reproduction.csv",
        **more,
    )
    write_report(inputs, ORIGIN_OF_RUN, out / "report.html")
    return (out / "report.html").read_text(encoding="utf-8")


def _page(html):
    page = _Page()
    page.feed(html)
    assert not page.open
    return page


@pytest.fixture(scope="module")
def html(folder, run, tmp_path_factory):
    return _report(folder, run, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def text(html):
    return re.sub(r"\s+", " ", " ".join(_page(html).texts))


def test_first_line_of_a_converged_run_is_its_verdict(html):
    assert _page(html).texts[0] == "Converged: all checks passed."


def test_an_accepted_run_is_still_not_converged():
    record = {"converged": False, "accepted": True, "verdict": "too short"}
    assert banner(record) == "NOT CONVERGED (the config accepts that), do not use these numbers: too short."


def test_first_line_of_an_unconverged_run_says_so_in_red(folder, tmp_path):
    run = synthetic_posterior.write(tmp_path / "run", n_draws=500, converged=False).parent
    draw_figures(tmp_path, run)
    shutil.copy(folder / "reproduction.csv", tmp_path)
    html = _report(tmp_path, run, tmp_path)
    page = _page(html)
    assert page.texts[0] == "NOT CONVERGED, do not use these numbers: ensembles disagree."
    assert '<p class="verdict bad" role="alert">' in html
    assert "<title>NOT CONVERGED" in html
    assert "split R-hat of g is 1.31 (limit 1.005)" in page.texts


def test_nothing_is_loaded_from_outside(html):
    page = _page(html)
    assert all(load.startswith("data:image/png;base64,") for load in page.loads)
    assert not re.search(r"@import|url\(|<link|fetch\(|XMLHttpRequest|import\(", html)
    assert all(
        link.startswith(("#", "https://arxiv.org/abs/", "https://doi.org/", "data:text/plain")) for link in page.links
    )


def test_a_report_begins_with_three_cards(html):
    page = re.sub(r"\s+", " ", html)
    cards = re.findall(r'<section class="card( bad)?"> <h2>(.*?)</h2>', page)
    assert [heading.split(",")[0] for _, heading in cards] == ["The answer", "Is it sound", "What is left out?"]
    assert page.index('class="cards"') < page.index("<nav")


def test_the_linked_view_holds_draws_and_has_a_still_picture_beside_it(html):
    data = json.loads(re.search(r'id="explorer-data">(.*?)</script>', html, re.DOTALL)[1])
    assert [column["name"] for column in data["columns"][:4]] == ["m_dm_mev", "m_u_mev", "g", "chi"]
    assert html.index('id="explorer"') < html.index("data:image/png")


def test_headings_skip_no_level(html):
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_areas_that_scroll_are_reached_by_keyboard(html):
    areas = re.findall(r'<div class="scroll"([^>]*)>', html)
    assert len(areas) > 8
    assert all('tabindex="0"' in area and "aria-label=" in area for area in areas)


def test_papers_have_links_and_bibtex(folder, run, tmp_path):
    html = _report(folder, run, tmp_path, references=tuple(references(["Planck 2018 VI, 1807.06209", "PDG 2008"])))
    words = "Planck Collaboration, Planck 2018 results. VI. Cosmological parameters (2018)"
    assert f'<a href="https://arxiv.org/abs/1807.06209">{words}</a>, doi:10.48550/arXiv.1807.06209' in html
    assert "<li>PDG 2008</li>" in html
    assert "eprint = &#34;1807.06209&#34;" in html


def test_the_config_is_compared_with_the_default(folder, run, tmp_path):
    config = posterior_file.read(run / "posterior.nc").config
    html = _report(folder, run, tmp_path, default=config)
    assert "It is that of the default run." in html
    html = _report(folder, run, tmp_path, default=config + "\nextra: {seed: 7}\n")
    assert "<code>extra.seed</code></th><td>\N{EN DASH}</td><td>7</td>" in html


def test_a_figure_of_the_config_is_shown_with_its_caption(folder, run, tmp_path):
    figures = tmp_path / "figures"
    shutil.copytree(folder, figures)
    (figures / "asked").mkdir()
    shutil.copy(folder / "corner.png", figures / "asked" / "masses.png")
    (figures / "asked" / "masses.txt").write_text("Masses of two runs.\n")
    assert "<figcaption>Masses of two runs.</figcaption>" in _report(figures, run, tmp_path)


def test_links_have_targets(html):
    for target in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{target}"' in html


def test_published_edges_stand_beside_ours(html):
    assert "1209.6083 fig. 2" in html
    assert '<td class="n">2.5e-08</td><td class="n">1.04</td>' in html
    assert "nan" not in html.lower().split("published edges")[1][:2000]


def test_every_image_is_embedded_with_an_alternative_text(html):
    page = _page(html)
    assert html.count("data:image/png;base64,iVBORw0KGg") == len(IMAGES)
    assert len(page.alts) == len(IMAGES)
    assert all(len(alt) > 20 for alt in page.alts)


def test_captions_are_those_of_the_figures(text):
    assert all(caption(name) in text for name in IMAGES)
    assert caption(PROFILE) not in text


@pytest.mark.parametrize(
    "sentence",
    [
        "anomaly_free",
        "log-uniform [0.001, 3.5]",
        "7 parameters are sampled",
        "Each point is compared with the data of 4 likelihoods",
        "reaches the upper bound of its prior",
        "annihilation into pairs of U",
        "the paper's window is 10⁻⁷ to 10⁻⁵",
        "no two-vev vacuum: lambda >= sqrt(2) g",
        "R-hat",
        "0123456789abcdef0123456789abcdef01234567",
        "lambda_uv_gev: 1.0e+9",
    ],
)
def test_report_says(text, sentence):
    assert sentence in text


def test_mass_ratio_is_traced_to_the_prior_of_m_soft(html):
    assert re.search(r"<i>m</i><sub><i>U</i></sub>/<i>m</i><sub>DM</sub> ends on its upper side.*0.1.TeV", html)


def test_foreign_text_is_escaped(folder, run, tmp_path):
    html = _report(folder, run, tmp_path, lambda record: record["advice"].append("<script>alert(1)</script>"))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_same_input_same_bytes(folder, run, tmp_path, html):
    assert _report(folder, run, tmp_path) == html


def test_missing_figure_fails_and_leaves_no_report(run, tmp_path):
    out = tmp_path / "report.html"
    files = [run / name for name in ("posterior.nc", "diagnostics.json", "evidence.json")]
    inputs = Inputs(*files, tmp_path, tmp_path / "reproduction.csv")
    with pytest.raises(FileNotFoundError, match=r"corner\.png"):
        write_report(inputs, ORIGIN_OF_RUN, out)
    assert not out.exists()


FOREIGN = "0" * 64


@pytest.mark.parametrize("name, step", [("diagnostics.json", "diagnose"), ("evidence.json", "evidence")])
@pytest.mark.parametrize(
    "other, word",
    [
        ({"parents": {"ensemble_0.h5": FOREIGN}}, "ensemble_0.h5"),
        ({"config": FOREIGN}, "configuration"),
        ({"data": FOREIGN}, "data"),
        ({"code": FOREIGN}, "code"),
        ({"run": "other"}, "run"),
    ],
)
def test_a_file_of_another_run_is_not_believed(name, step, other, word, folder, run, tmp_path):
    for file in ("posterior.nc", "diagnostics.json", "evidence.json"):
        shutil.copy(run / file, tmp_path)
    write_json(tmp_path / name, {"converged": True}, replace(ORIGIN_OF_RUN, **other))
    files = [tmp_path / file for file in ("posterior.nc", "diagnostics.json", "evidence.json")]
    message = rf"{name}: was made from {word} \w+, and the {word} at hand is \w+; run `mevdm {step} config/hooper"
    with pytest.raises(ArtefactError, match=message):
        check_origins(Inputs(*files, folder, folder / "reproduction.csv"), ORIGIN_OF_RUN)


@pytest.mark.parametrize("name, step", [("cross_check", "cross-check"), ("profile", "profile"), ("figures", "figures")])
def test_what_was_made_from_another_posterior_is_refused(name, step, folder, run, tmp_path):
    other = replace(ORIGIN_OF_RUN, parents={"posterior.nc": FOREIGN})
    write_json(tmp_path / "cross_check.json", {}, other)
    write_npz(tmp_path / "profile.npz", {}, other)
    draw_blanks(tmp_path, [*IMAGES, PROFILE], other)
    suffix = {"cross_check": "json", "profile": "npz"}
    more = {name: tmp_path / f"{name}.{suffix[name]}"} if name in suffix else {"figures": tmp_path}
    files = {file: run / f"{file}.json" for file in ("diagnostics", "evidence")}
    inputs = Inputs(**({"posterior": run / "posterior.nc", "figures": folder, **files} | more), reproduction=folder)
    with pytest.raises(ArtefactError, match=rf"was made from posterior.nc 0+, and .*; run `mevdm {step} config/hooper"):
        check_origins(inputs, ORIGIN_OF_RUN)


def test_the_report_knows_its_origin(folder, run, tmp_path):
    _report(folder, run, tmp_path)
    assert read_origin(tmp_path / "report.html") == ORIGIN_OF_RUN


def test_a_table_of_other_columns_in_place_of_the_published_edges_is_refused(folder, run, tmp_path):
    for image in folder.glob("*.png"):
        shutil.copy(image, tmp_path)
    (tmp_path / "reproduction.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Refusal, match=r"reproduction\.csv: has no column experiment, case"):
        _report(tmp_path, run, tmp_path)
