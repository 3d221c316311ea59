"""What the model needs: sentences with the numbers of the posterior, and none where the model has no such columns."""

import re
from dataclasses import replace
from html import unescape

import numpy as np

from workflow.inference.report.needs import needs_of


def plain(sentence):
    return unescape(re.sub("<[^>]+>", "", str(sentence))).replace("\N{NO-BREAK SPACE}", " ")


def with_columns(file, **columns):
    shape = file.posterior["g"].shape
    added = {name: (("chain", "draw"), np.resize(values, shape)) for name, values in columns.items()}
    return replace(file, posterior=file.posterior.assign(added))


def with_classes(file):
    classes = {"class_names": "prompt, displaced, outside the detector", "class_ends": "0.0001 10.0"}
    for name in ("lsp_ctau_m", "u_flight_m"):
        file.posterior[name].attrs |= classes
    return file


def test_a_model_without_radiative_breaking_needs_none_of_it(file):
    columns = [name for name in ("d_term_over_radiative", "lsp_ctau_m", "u_flight_m") if name in file.posterior]
    assert needs_of(replace(file, posterior=file.posterior.drop_vars(columns))) == ()


def test_the_d_term_is_given_by_its_median_and_interval(file):
    (sentence,) = needs_of(with_columns(file, d_term_over_radiative=[87000.0]))
    assert "the hidden scalar 8.7 × 104 times" in plain(sentence)
    assert "between 8.7 × 104 and 8.7 × 104 times" in plain(sentence)


def test_the_decay_and_the_flight_are_given_in_metres_and_in_classes(file):
    decay, flight, decays, flights = map(
        plain, needs_of(with_classes(with_columns(file, lsp_ctau_m=[1.7e-7], u_flight_m=[0.5, 2e-5, 20.0, 0.25])))
    )
    assert "1.7 × 10−7 m at the median" in decay
    assert flight.startswith("A U with half of its energy flies")
    assert decays == "Its decay is prompt (below 0.1 mm) in 100 % of the posterior."
    assert flights == (
        "The decay of that U, where it is visible at all, is prompt (below 0.1 mm) in 25.0 % of the posterior, "
        "displaced (below 10 m) in 50.0 % of the posterior, outside the detector (beyond 10 m) in 25.0 % of the "
        "posterior."
    )
