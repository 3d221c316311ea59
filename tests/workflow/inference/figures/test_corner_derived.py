from dataclasses import replace

from workflow.inference.figures.corner_derived import derived_columns


def test_axes_with_a_dimension_name_their_unit(drawn):
    labels = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in drawn("corner_derived").axes)
    assert "MeV" in labels
    assert "cm^{-2}" in labels


def test_a_quantity_that_does_not_vary_is_left_out(file):
    constant = file.posterior.assign(epsilon=0.0 * file.posterior["epsilon"] + 1e-6)
    assert "epsilon" in derived_columns(file)
    assert "epsilon" not in derived_columns(replace(file, posterior=constant))


def test_a_run_about_the_line_alone_shows_flux_and_rate(file):
    line = file.posterior[["flux_511_bulge_ph_cm2_s", "positron_rate_s", "gamma"]]
    assert derived_columns(replace(file, posterior=line)) == ["flux_511_bulge_ph_cm2_s", "positron_rate_s"]
