import pytest

from likelihoods.data.measurements import measurements
from likelihoods.mixing.experiments import all_experiments
from workflow.inference.command.describe import KINDS, Description, descriptions_of, options
from workflow.inference.command.parser import main
from workflow.inference.posterior.observables import COLUMNS, Flag


@pytest.fixture(scope="module")
def everything():
    """All descriptions by kind and name."""
    return {kind: {each.name: each for each in made()} for kind, made in KINDS.items()}


def test_names_of_a_kind_are_listed(capsys):
    assert main(["describe", "model"]) == 0
    assert "anomaly_free\n" in capsys.readouterr().out


def test_kinds_are_listed_with_their_numbers_of_names(capsys):
    assert main(["describe"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(KINDS)


def test_nothing_lacks_a_text(everything):
    for kind in KINDS:
        for each in everything[kind].values():
            assert each.text.strip(), f"{kind} {each.name}"


def test_a_name_is_used_once_within_its_kind():
    for made in KINDS.values():
        names = [each.name for each in made()]
        assert len(set(names)) == len(names)


def test_every_column_of_the_table_is_described_with_its_unit(everything):
    for column in COLUMNS.values():
        description = everything["flag" if isinstance(column, Flag) else "column"][column.name]
        assert description.facts["unit"] == column.unit
        assert description.text.startswith(column.meaning)


def test_a_column_names_its_measurements_and_the_physics_behind_it(everything):
    column = everything["column"]["omega_h2"]
    assert column.facts["measurements"] == "relic_abundance_2008, relic_abundance_modern"
    assert "Omega h^2" in column.text


def test_a_flag_names_the_option_that_accounts_for_it(everything):
    assert everything["flag"]["self_interaction_above_1_cm2_g"].facts["accounted for by"].startswith("likelihoods.")


def test_every_likelihood_has_its_column_and_its_data_with_source_and_tag(everything):
    likelihood = everything["likelihood"]["relic_abundance"]
    assert everything["column"][likelihood.facts["column"]].text == "log-likelihood of the likelihood relic_abundance"
    for key in ("relic_abundance_2008", "relic_abundance_modern"):
        datum = measurements()[key]
        assert f"{datum.source} [{datum.tag}]" in likelihood.text


@pytest.mark.parametrize(
    "name, allowed, default",
    [
        ("cmb.era", "2008 | modern", "2008"),
        ("anomaly_free.reading", "paper | corrected", "paper"),
        ("anomaly_free.higgs_doublets", "true | false", "false"),
        ("anomaly_free.m1_tev", "number or null", "None"),
        ("galaxy.profile", "gnfw | einasto | burkert", "gnfw"),
        ("sampler.walkers", "integer", "64"),
        ("report.profile", "true | false", "false"),
        ("kinetic_mixing.include", "all or a list of strings", "[w_mass]"),
        ("kinetic_mixing.reading", "published | physical", "physical"),
    ],
)
def test_an_option_has_its_allowed_values_and_its_default(name, allowed, default, everything):
    assert everything["option"][name].facts == {"allowed": allowed, "default": default}


def test_attributes_that_share_a_line_share_their_meaning(everything):
    options = everything["option"]
    assert options["sampler.survey_draws"].text == options["sampler.surveys"].text
    assert options["sampler.survey_draws"].text.startswith("Draws of the first survey")


def test_parameters_that_an_option_brings_are_there_too(everything):
    assert everything["parameter"]["dm_charge"].facts["of"] == "model anomaly_free"
    assert {"g_l", "g_r", "epsilon", "gamma", "f_ps", "x_ion"} <= set(everything["parameter"])
    assert everything["parameter"]["gamma"].facts["allowed"].startswith("within [0, ")


def test_every_experiment_has_its_source(everything):
    assert list(everything["experiment"]) == list(all_experiments())
    assert everything["experiment"]["sn1987a"].facts["switched by"] == "kinetic_mixing.sn1987a_depth"
    assert "Riordan" in everything["experiment"]["e141"].facts["source"]


@pytest.mark.parametrize("name", ["log_prior", "log_posterior", "valid", "reason", "loglike_kinetic_mixing.w_mass"])
def test_every_other_column_of_a_table_is_described_too(name):
    (description,) = descriptions_of(name)
    assert description.kind == "column"


def test_a_kind_is_listed_in_the_plural_too(capsys):
    assert main(["describe", "flags"]) == 0
    assert capsys.readouterr().out.splitlines() == [each.name for each in KINDS["flag"]()]


def test_the_physics_of_a_column_ends_before_the_sections_of_its_docstring():
    (width,) = descriptions_of("fwhm_511_deg")
    assert width.text.endswith("behind SPI [deg].")


def test_a_name_of_two_kinds_is_described_twice():
    assert [each.kind for each in descriptions_of("epsilon")] == ["column", "parameter"]


def test_a_description_is_a_heading_with_indented_lines():
    text = str(Description("column", "x", {"unit": "MeV", "symbol": "", "source": "paper"}, "first\nsecond"))
    assert text == "x (column)\n  unit    MeV\n  source  paper\n  first\n  second\n"


@pytest.mark.parametrize(
    "name, words",
    [
        ("omega_h3", "close to it: omega_h2"),
        ("xyzzy", "allowed: a name, or model"),
        ("sigma_v", "close to it: sigma_v_s_cm3_s, sigma_v_p_cm3_s, sigma_v_bulge_cm3_s, sigma_v_positrons_cm3_s"),
    ],
)
def test_an_unknown_name_is_refused_in_one_line(name, words, capsys):
    assert main(["describe", name]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert words in captured.err


@pytest.mark.parametrize(
    "path, names",
    [
        ("model.tan_beta", ["anomaly_free.tan_beta", "minimal.tan_beta"]),
        ("likelihoods.cmb.era", ["cmb.era"]),
        ("parameters.f_ps", ["f_ps"]),
        ("model.lsp.n11", ["anomaly_free.lsp.n11", "minimal.lsp.n11"]),
    ],
)
def test_a_path_of_a_config_is_a_name(path, names):
    assert [each.name for each in descriptions_of(path)] == names


def test_an_option_that_another_class_explains_has_its_meaning():
    (anomaly_free, minimal) = descriptions_of("model.tan_beta")
    assert anomaly_free.text == minimal.text
    assert anomaly_free.text.startswith("Ratio of the vacuum expectation values")
    assert not [each for each in options() if "As in" in each.text]


def test_mappings_are_called_so():
    (figures,), (axes,) = descriptions_of("report.figures"), descriptions_of("scan.axes")
    assert (figures.facts["allowed"], axes.facts["allowed"]) == ("a list of mappings", "a mapping")
