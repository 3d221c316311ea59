from dataclasses import replace

from workflow.inference.figures.run_corners import coupling_columns, derived_columns, parameter_columns


def test_coupling_columns_are_the_couplings_of_the_paper(file):
    assert coupling_columns(file) == ["g", "chi", "lambda"]


def test_without_one_of_them_the_first_parameters_are_shown(file):
    other = replace(file, posterior=file.posterior.drop_vars("chi"))
    assert coupling_columns(other) == other.names("parameter")[:6]
    assert coupling_columns(other)[:2] == ["g", "lambda"]


def test_a_quantity_that_does_not_vary_is_left_out(file):
    constant = file.posterior.assign(epsilon=0.0 * file.posterior["epsilon"] + 1e-6, g=0.0 * file.posterior["g"] + 1.0)
    assert "epsilon" in derived_columns(file)
    assert "epsilon" not in derived_columns(replace(file, posterior=constant))
    assert parameter_columns(file) == file.names("parameter")
    assert parameter_columns(replace(file, posterior=constant)) == file.names("parameter")[1:]


def test_a_run_about_the_line_alone_shows_flux_and_rate(file):
    line = file.posterior[["positron_rate_s", "gamma"]]
    assert derived_columns(replace(file, posterior=line)) == ["flux_511_bulge_ph_cm2_s", "positron_rate_s"]
