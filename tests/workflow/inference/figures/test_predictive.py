from dataclasses import replace

import pytest

from workflow.inference.figures.predictive import predicted_columns, predictive_figure
from workflow.inference.writing.refusal import Refusal


def test_power_of_ten_taken_out_of_ticks_is_in_the_label(drawn):
    assert "10^{-3}" in drawn("predictive").axes[1].get_xlabel()


def test_a_variable_must_be_in_the_posterior(file):
    with pytest.raises(Refusal, match="nothing_like_it"):
        predictive_figure(file, ["nothing_like_it"])
    with pytest.raises(Refusal, match="has no observable"):
        predictive_figure(file, [])


def test_no_band_is_drawn_where_nothing_was_measured(file):
    measured, free = (predictive_figure(file, [name]) for name in ("omega_h2", "mass_ratio"))
    assert len(measured.legends[0].texts) == len(free.legends[0].texts) + 1


def test_measured_observables_are_shown_and_else_the_flux(file):
    assert predicted_columns(file) == ["omega_h2", "flux_511_bulge_ph_cm2_s", "delta_a_e", "m_w_gev"]
    annuli = replace(file, observed_data=file.observed_data[[]])
    assert predicted_columns(annuli) == ["flux_511_bulge_ph_cm2_s"]
