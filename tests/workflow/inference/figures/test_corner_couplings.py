from dataclasses import replace

from workflow.inference.figures.corner_couplings import MOST_COLUMNS, coupling_columns


def test_columns_are_the_couplings_of_the_paper(file):
    assert coupling_columns(file) == ["g", "chi", "lambda"]


def test_without_one_of_them_the_first_parameters_are_shown(file):
    other = replace(file, posterior=file.posterior.drop_vars("chi"))
    assert coupling_columns(other) == other.names("parameter")[:MOST_COLUMNS]
    assert coupling_columns(other)[:2] == ["g", "lambda"]


def test_texts_do_not_leave_the_page(drawn, stays_on_its_page):
    assert stays_on_its_page(drawn("corner"))
