import json

import jsonschema
import numpy as np
import pytest
import yaml
from reference.runs import SHIPPED_CONFIGS

from workflow.inference.run.components import available
from workflow.inference.run.config import json_schema, load
from workflow.inference.run.errors import ConfigError


@pytest.fixture
def default(config_file):
    return config_file("hooper_zurek_2008_paper")


@pytest.fixture
def written(tmp_path):
    """Write a config from text or a mapping."""

    def write(content, name="run.yaml"):
        path = tmp_path / name
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def message(path, *overrides, columns=frozenset()):
    """The one line of the ConfigError that loading raises."""
    with pytest.raises(ConfigError) as caught:
        load(path, overrides, columns)
    line = str(caught.value)
    assert "\n" not in line
    assert line == line.strip()
    return line


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_shipped_configs_load(name, config_file):
    config = load(config_file(name))
    assert config.run == name
    assert config.priors
    assert set(config.priors) | set(config.fixed) == {parameter.name for parameter in config.parameters}


def test_default_run_is_that_of_theory_10(default):
    config = load(default)
    assert config.priors["g"].bounds == pytest.approx((1e-3, 3.5))
    assert config.priors["chi"].bounds == pytest.approx((1e-8, 1e-1))
    assert config.priors["lambda"].bounds == pytest.approx((1e-4, 3.5))
    assert config.priors["m_soft_tev"].bounds == pytest.approx((0.1, 100.0))
    assert (config.priors["gamma"].mean, config.priors["gamma"].sigma, config.priors["gamma"].bounds) == (
        1.0,
        0.2,
        (0.2, 1.6),
    )
    assert config.priors["rho_sun_gev_cm3"].median == pytest.approx(0.30)
    assert config.priors["rho_sun_gev_cm3"].sigma == 0.15
    assert (config.priors["f_ps"].mean, config.priors["f_ps"].sigma, config.priors["f_ps"].bounds) == (
        0.967,
        0.022,
        (0, 1),
    )
    assert config.fixed == {"r_s_kpc": 20.0, "r_sun_kpc": 8.5, "einasto_alpha": 0.17, "baryon_scale": 1.0}
    assert (config.galaxy.aperture_deg, config.galaxy.profile, config.galaxy.velocity) == (15.0, "gnfw", "jeans")
    assert set(config.likelihoods) == {"flux_511kev", "relic_abundance", "electron_g2", "kinetic_mixing"}
    assert (config.model.reading, config.model.lambda_uv_gev) == ("paper", 1e9)


# --- one line that names the key, the value and what is allowed

UNKNOWN_KEYS = [
    ("nope=1", "nope", "description, model, parameters"),
    ("model.readng=paper", "model.readng", "reading"),
    ("model.lsp.knd=slepton", "model.lsp.knd", "kind"),
    ("parameters.g.minimum=1", "parameters.g.minimum", "prior, min, max"),
    ("parameters.rho_sun_gev_cm3.mean=1", "parameters.rho_sun_gev_cm3.mean", "median, sigma_dex, min, max"),
    ("parameters.r_s_kpc={fixed: 20, sigma: 1}", "parameters.r_s_kpc.sigma", "fixed"),
    ("galaxy.profil=gnfw", "galaxy.profil", "profile"),
    ("likelihoods.flux_511kev.eras=2008", "likelihoods.flux_511kev.eras", "era"),
    ("likelihoods.kinetic_mixing.experiments=[w_mass]", "likelihoods.kinetic_mixing.experiments", ""),
    ("sampler.nope=1", "sampler.nope", "walkers"),
    ("report.nope=1", "report.nope", "prior_draws"),
    ("1=2", "1", "description"),
]


@pytest.mark.parametrize(
    "override, line",
    [
        ("model.lsp.n11=2", "model.lsp.n11: 2; allowed: from -1 to 1 and not 0"),
        (
            "model.lsp.kind=gluino",
            "model.lsp.kind: 'gluino'; allowed: 'neutralino', 'slepton'",
        ),
        ("model.lsp={kind: slepton, m_lsp_gev: 500}", "model.lsp.m1_gev: 400; allowed: above m_lsp_gev"),
        ("model.tan_beta=-1", "model.tan_beta: -1; allowed: > 0"),
        ("model.radiative_mass=three_loop", "model.radiative_mass: 'three_loop'; allowed: 'leading_log' or 'two_loop'"),
    ],
)
def test_options_of_the_visible_sector_are_checked(override, line, default):
    assert line in message(default, override)


def test_a_key_of_before_is_refused_with_its_new_name(default):
    line = message(default, "likelihoods.kinetic_mixing.threshold=physical")
    assert "likelihoods.kinetic_mixing.threshold: is called likelihoods.kinetic_mixing.reading now" in line


@pytest.mark.parametrize("override, key, allowed", UNKNOWN_KEYS)
def test_unknown_key_at_every_level_names_the_key_and_the_allowed_ones(override, key, allowed, default):
    line = message(default, override)
    assert f"{key}: unknown key; allowed: " in line
    assert allowed in line.split("allowed: ")[1]


@pytest.mark.parametrize(
    "override, key, value",
    [
        ("model=3", "model", "3"),
        ("model=null", "model", "None"),
        ("model.lambda_uv_gev=abc", "model.lambda_uv_gev", "'abc'"),
        ("model.higgs_doublets=maybe", "model.higgs_doublets", "'maybe'"),
        ("model.lsp=3", "model.lsp", "3"),
        ("model.lsp=null", "model.lsp", "None"),
        ("model.lsp.m_lsp_gev=heavy", "model.lsp.m_lsp_gev", "'heavy'"),
        ("parameters=3", "parameters", "3"),
        ("parameters.g=3", "parameters.g", "3"),
        ("parameters.g.min=abc", "parameters.g.min", "'abc'"),
        ("parameters.g={fixed: abc}", "parameters.g.fixed", "'abc'"),
        ("parameters.g={fixed: [1, 2]}", "parameters.g.fixed", "[1, 2]"),
        ("galaxy=3", "galaxy", "3"),
        ("galaxy.aperture_deg=wide", "galaxy.aperture_deg", "'wide'"),
        ("likelihoods=[flux_511kev]", "likelihoods", "['flux_511kev']"),
        ("likelihoods.flux_511kev=3", "likelihoods.flux_511kev", "3"),
        ("sampler.walkers=abc", "sampler.walkers", "'abc'"),
        ("sampler.walkers=64.5", "sampler.walkers", "64.5"),
        ("report=3", "report", "3"),
        ("report.prior_draws=abc", "report.prior_draws", "'abc'"),
        ("description=3", "description", "3"),
    ],
)
def test_wrong_type_names_key_and_value(override, key, value, default):
    line = message(default, override)
    assert f"{key}: " in line
    assert value in line.split(f"{key}: ")[1]


@pytest.mark.parametrize(
    "key",
    [
        "model.lambda_uv_gev",
        "parameters.g.min",
        "parameters.g.fixed",
        "galaxy.aperture_deg",
        "likelihoods.flux_511kev.theory_error",
        "sampler.walkers",
        "sampler.target_ess",
        "report.prior_draws",
    ],
)
@pytest.mark.parametrize("value", ["true", "false"])
def test_a_boolean_is_not_a_number(key, value, default):
    line = message(default, f"{key}={value}")
    assert f"{key}: {value.capitalize()}" in line
    assert "number" in line


@pytest.mark.parametrize(
    "key",
    [
        "model.lambda_uv_gev",
        "parameters.g.min",
        "parameters.g.max",
        "parameters.g.fixed",
        "parameters.gamma.mean",
        "parameters.gamma.sigma",
        "parameters.rho_sun_gev_cm3.median",
        "galaxy.aperture_deg",
        "likelihoods.flux_511kev.theory_error",
        "sampler.target_ess",
        "sampler.steps",
    ],
)
@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf"])
def test_numbers_are_finite(key, value, default):
    line = message(default, f"{key}={value}")
    assert key.split(".")[-1] in line
    assert value.replace(".", "") in line


@pytest.mark.parametrize(
    "override, words",
    [
        ("parameters.g.min=10", ("parameters.g: ", "min is 10", "max is 3.5", "min < max")),
        ("parameters.g.min=3.5", ("parameters.g: ", "min < max")),
        ("parameters.g.min=0", ("parameters.g: ", "min is 0", "> 0")),
        ("parameters.g.min=-1", ("parameters.g: ", "min is -1", "> 0")),
        ("parameters.gamma.min=2", ("parameters.gamma: ", "min is 2", "min < max")),
        ("parameters.gamma.sigma=0", ("parameters.gamma: ", "sigma is 0", "> 0")),
        ("parameters.gamma.sigma=-1", ("parameters.gamma: ", "sigma is -1", "> 0")),
        ("parameters.gamma.mean=100", ("parameters.gamma: ", "[0.2, 1.6]", "100")),
        ("parameters.rho_sun_gev_cm3.median=0", ("parameters.rho_sun_gev_cm3: ", "median is 0", "> 0")),
        ("parameters.rho_sun_gev_cm3.sigma_dex=-0.1", ("sigma_dex is -0.1", "> 0")),
        ("parameters.g={prior: uniform, min: 2, max: 1}", ("parameters.g: ", "min is 2", "max is 1")),
    ],
)
def test_inverted_or_empty_prior_names_its_numbers(override, words, default):
    line = message(default, override)
    assert all(word in line for word in words), line


@pytest.mark.parametrize("entry", ["{prior: flat, min: 1, max: 2}", "{}", "null", "{min: 1, max: 2}", "{prior: null}"])
def test_unknown_prior_kind_lists_the_kinds(entry, default):
    line = message(default, f"parameters.g={entry}")
    assert "parameters.g: " in line
    assert "uniform | log_uniform | normal | log_normal" in line


@pytest.mark.parametrize("key, prior", [("min", "{prior: uniform, max: 1}"), ("sigma", "{prior: normal, mean: 1}")])
def test_incomplete_prior_names_what_is_missing(key, prior, default):
    assert f"parameters.g.{key}: missing" in message(default, f"parameters.g={prior}")


@pytest.mark.parametrize("value", ["nope", "3", "[1]", "null", "_hidden", "physics"])
def test_unknown_model_lists_the_models(value, default):
    line = message(default, f"model.name={value}")
    assert "model.name: " in line
    assert "allowed: annihilating, anomaly_free, decaying, exciting, minimal, stellar, vector_portal" in line


@pytest.mark.parametrize("name", ["nope", "_statistics", "data"])
def test_unknown_likelihood_lists_the_likelihoods(name, default):
    line = message(default, f"likelihoods.{name}=")
    assert f"likelihoods.{name}: '{name}' is unknown" in line
    assert "flux_511kev" in line.split("allowed: ")[1]


@pytest.mark.parametrize(
    "key, value, allowed",
    [
        ("model.reading", "nope", ("paper", "corrected")),
        ("model.charges", "electric", ("kinetic_mixing", "hypercharge", "universal")),
        ("model.dark_matter", "axion", ("majorana", "scalar", "dirac")),
        ("model.soft_normalisation", "double", ("paper", "half")),
        ("galaxy.profile", "nfw", ("gnfw", "einasto", "burkert")),
        ("galaxy.velocity", "hot", ("jeans", "maxwell")),
        ("likelihoods.flux_511kev.era", "2007", ("2008", "modern")),
        ("likelihoods.flux_511kev.rate_convention", "mean", ("flux", "paper")),
        ("likelihoods.electron_g2.alpha_from", "k", ("rb", "cs", "neutral")),
    ],
)
def test_unknown_option_lists_the_options(key, value, allowed, default):
    line = message(default, f"{key}={value}")
    assert f"{key}: " in line
    assert value in line
    assert all(word in line.split("allowed: ")[1] for word in allowed)


@pytest.mark.parametrize(
    "override, words",
    [
        ("model.lambda_uv_gev=0", ("model.lambda_uv_gev: 0; ", "> 0")),
        ("model.lambda_uv_gev=-1e9", ("model.lambda_uv_gev: -1e+09; ", "> 0")),
        (
            "likelihoods.relic_abundance.theory_error=-0.1",
            ("likelihoods.relic_abundance.theory_error: -0.1; ", "from 0 to 10"),
        ),
        ("likelihoods.electron_g2.alpha_from=neutral", ("likelihoods.electron_g2", "neutral", "allowed")),
        ("galaxy.aperture_deg=0", ("aperture_deg", "0.01, 180", "0.0")),
        ("galaxy.bulge_mass_msun=-1", ("bulge_mass_msun", "-1")),
        ("sampler.walkers=3", ("sampler.walkers", "3")),
        ("sampler.seed=-1", ("sampler.seed", "-1")),
        ("report.prior_draws=0", ("report.prior_draws", "0", "1")),
    ],
)
def test_option_out_of_range_names_key_and_value(override, words, default):
    line = message(default, override)
    assert all(word in line for word in words), line


@pytest.mark.parametrize("name", ["g", "chi", "lambda", "m_soft_tev"])
def test_missing_parameter_is_named(name, default, written):
    raw = yaml.safe_load(default.read_text())
    del raw["parameters"][name]
    line = message(written(raw))
    assert f"parameters.{name}: missing; allowed: a prior" in line


def test_parameter_of_another_model_is_unknown(default):
    line = message(default, "model={name: minimal}")
    assert "parameters.lambda: unknown parameter; allowed: g, chi, m_soft_tev" in line


@pytest.mark.parametrize("key", ["model", "parameters", "likelihoods"])
def test_missing_section_is_named(key, default, written):
    raw = yaml.safe_load(default.read_text())
    del raw[key]
    assert f"{key}: missing" in message(written(raw))


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert "run.yaml: cannot be read (No such file" in message(tmp_path / "run.yaml")


def test_a_folder_is_not_a_file(tmp_path):
    assert "cannot be read" in message(tmp_path)


@pytest.mark.parametrize("text", ["model: [", "a: b: c", "\t- x", "{", "a: *nothing"])
def test_a_file_that_is_not_yaml_is_named(text, written):
    assert "run.yaml: not valid YAML" in message(written(text))


def test_a_file_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01\x80")
    assert "run.yaml: not valid YAML" in message(path)


@pytest.mark.parametrize(
    "text, kind", [("", "nothing"), ("# nothing\n", "nothing"), ("3", "a single value"), ("[1]", "a list")]
)
def test_a_file_that_holds_no_mapping_is_named(text, kind, written):
    line = message(written(text))
    assert f"holds {kind}" in line
    assert "allowed: a mapping with the keys description, model" in line


def test_all_faults_are_told_at_once(default):
    overrides = (
        "nope=1",
        "model.reading=nope",
        "parameters.g.min=abc",
        "parameters.gamma.sigma=-1",
        "parameters.r_s_kpc.fixed=1",
        "galaxy.profil=gnfw",
        "cosmology.role=all",
        "line.extent=3",
        "likelihoods.flux_511kev.era=2007",
        "likelihoods.nope=",
        "sampler.walkers=3",
        "sampler.seed=-1",
        "report.prior_draws=0",
    )
    with pytest.raises(ConfigError) as caught:
        load(default, overrides)
    faults = caught.value.faults
    assert len(faults) == len(overrides), faults
    for override in overrides:
        key = override.partition("=")[0].removesuffix(".sigma")
        assert any(f"{default}: {key}: " in fault for fault in faults), override


@pytest.mark.parametrize(
    "override",
    ["likelihoods.flux_511kev.era=2007", "parameters.g={prior: flat}", "sampler.max_steps=x", "parameters=3"],
)
def test_a_fault_makes_no_other(override, default):
    # what a wrong section would declare is not called unknown, and a wrong parameter is not called missing
    assert f"{override.partition('=')[0]}: " in message(default, override)


# --- --set


@pytest.mark.parametrize("override", ["x", "=3", "a..b=1", ".=1", ""])
def test_override_without_a_key_path_is_refused(override, default):
    assert f"--set {override}: allowed: key.path=value" in message(default, override)


def test_override_below_a_value_is_refused(default):
    assert "name holds 'anomaly_free', not a mapping" in message(default, "model.name.x=1")


def test_override_that_is_not_yaml_is_refused(default):
    assert "'[' is not a YAML value" in message(default, "model.name=[")


def test_override_reaches_a_likelihood_without_options(default):
    config = load(default, ("likelihoods.electron_g2=", "likelihoods.electron_g2.era=modern"))
    assert config.likelihoods["electron_g2"].era == "modern"


@pytest.mark.parametrize(
    "first, second",
    [
        ("sampler.seed=1", "sampler.seed=2"),
        ("sampler.seed=1", "sampler={walkers: 8}"),
        ("parameters.g.min=1", "parameters.g.fixed=1"),
        ("parameters.g.fixed=1", "parameters.g.fixed=1"),
    ],
)
def test_an_override_that_replaces_another_is_refused(first, second, default):
    assert (
        message(default, first, second) == f"--set {second}: replaces what --set {first} sets; allowed: one of the two"
    )


def test_only_the_exact_path_of_a_parameter_fixes_it(default):
    assert "parameters.g.x: unknown key" in message(default, "parameters.g.x.fixed=1")


def test_fixing_a_parameter_replaces_its_prior(default):
    config = load(default, ("parameters.g.fixed=0.5",))
    assert config.fixed["g"] == 0.5
    assert "g" not in config.priors


@pytest.mark.parametrize("text", ["1e-3", "1E-3", "+1.e-3", "1.0e-3", "0.001", ".1e-2"])
def test_numbers_of_yaml_1_2_are_numbers(text, default):
    assert load(default, (f"parameters.g.min={text}",)).priors["g"].bounds[0] == pytest.approx(1e-3, rel=1e-14)
    assert load(default, (f"parameters.g.fixed={text}",)).fixed["g"] == 1e-3


def test_text_of_the_config_holds_the_overrides(default):
    assert yaml.safe_load(load(default, ("sampler.seed=77",)).text)["sampler"]["seed"] == 77


def test_text_of_a_config_loads_to_the_same_run(default, written):
    config = load(default, ("likelihoods.electron_g2.alpha_from=cs", "parameters.g.fixed=0.5"))
    again = load(written(config.text, "hooper_zurek_2008.yaml"))
    assert (again.model, again.galaxy, again.likelihoods, again.priors, again.fixed, again.text) == (
        config.model,
        config.galaxy,
        config.likelihoods,
        config.priors,
        config.fixed,
        config.text,
    )


# --- defaults and columns


@pytest.mark.parametrize("profile, r_s", [("gnfw", 20.0), ("einasto", 20.0), ("burkert", 9.0)])
def test_halo_parameters_have_the_defaults_of_theory_9(profile, r_s, default, written):
    raw = yaml.safe_load(default.read_text())
    for name in ("gamma", "r_s_kpc", "rho_sun_gev_cm3", "r_sun_kpc", "f_ps"):
        del raw["parameters"][name]
    raw["galaxy"] = {"profile": profile}
    fixed = load(written(raw)).fixed
    assert fixed["r_s_kpc"] == r_s
    assert (fixed["gamma"], fixed["rho_sun_gev_cm3"], fixed["r_sun_kpc"], fixed["f_ps"]) == (1.0, 0.4, 8.2, 0.967)
    assert (fixed["einasto_alpha"], fixed["baryon_scale"]) == (0.17, 1.0)


def test_columns_of_a_points_file_stand_in_for_missing_parameters(default, written):
    raw = yaml.safe_load(default.read_text())
    del raw["parameters"]["g"]
    config = load(written(raw), (), frozenset({"g"}))
    assert "g" not in config.priors
    assert "g" in {parameter.name for parameter in config.parameters}


def test_columns_choose_chiral_couplings_in_the_portal(config_file, written):
    raw = yaml.safe_load(config_file("vector_portal").read_text())
    del raw["parameters"]["epsilon"]
    config = load(written(raw), (), frozenset({"g_l", "g_r"}))
    assert config.model.visible == "chiral"


def test_a_parameter_may_be_uniform(default):
    prior = load(default, ("parameters.g={prior: uniform, min: 0.1, max: 2}",)).priors["g"]
    assert (prior.logarithmic, prior.bounds) == (False, (0.1, 2.0))


def test_a_normal_prior_may_be_unbounded(default):
    prior = load(default, ("parameters.gamma={prior: normal, mean: 1, sigma: 0.1}",)).priors["gamma"]
    assert np.isinf(prior.bounds).all()


# --- JSON schema


def test_schema_is_json_without_infinities():
    whole = json.loads(json.dumps(json_schema(), allow_nan=False))
    assert [choice["required"] for choice in whole["anyOf"]] == [["extends"], ["model", "parameters", "likelihoods"]]


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_schema_accepts_the_shipped_configs(name, validator, config_file):
    assert not list(validator.iter_errors(yaml.safe_load(config_file(name).read_text())))


@pytest.mark.parametrize("override", [case[0] for case in UNKNOWN_KEYS if not case[0].startswith("parameters")])
def test_schema_refuses_unknown_keys(override, validator, default):
    raw = yaml.safe_load(default.read_text())
    path, _, value = override.partition("=")
    *parents, last = path.split(".")
    node = raw
    for key in parents:
        if node.get(key) is None:
            node[key] = {}
        node = node[key]
    node[last] = yaml.safe_load(value)
    assert not validator.is_valid(raw)


@pytest.mark.parametrize(
    "section, value",
    [
        ("model", {"name": "nope"}),
        ("model", {"name": "minimal", "charges": "electric"}),
        ("model", {"name": "minimal", "lsp": {"kind": "gluino"}}),
        ("likelihoods", {"nope": None}),
        ("likelihoods", {"electron_g2": {"alpha_from": "k"}}),
        ("galaxy", {"profile": "nfw"}),
        ("parameters", {"g": {"prior": "flat"}}),
    ],
)
def test_schema_refuses_unknown_values(section, value, validator, default):
    raw = yaml.safe_load(default.read_text())
    raw[section] = value
    assert not validator.is_valid(raw)


def test_registry_is_the_folder():
    import likelihoods
    import model

    line = ["annihilating", "decaying", "exciting", "stellar"]
    assert available(model) == sorted(["anomaly_free", "minimal", "vector_portal", *line])
    assert not [name for name in available(likelihoods) if name.startswith("_")]


def test_a_likelihood_that_reads_what_the_model_does_not_predict_is_refused(config_file):
    with pytest.raises(ConfigError, match=r"likelihoods.electron_g2: reads delta_a_e, which model annihilating"):
        load(config_file("line_p_wave"), ("likelihoods.electron_g2.era=2008",))


@pytest.mark.parametrize(
    "measures, model, problem",
    [
        ("colour", "hooper_zurek_2008_paper", "no observable is measured as 'colour'; allowed: "),
        ("t_kd_mev", "line_p_wave", "reads t_kd_mev, which model annihilating does not predict; allowed: leave it out"),
    ],
)
def test_data_of_what_is_no_observable_of_the_run_are_refused(measures, model, problem, config_file, monkeypatch):
    from likelihoods import rotation_curve
    from likelihoods.data.measurements import Measurement

    datum = Measurement(measures, 2008, 1.0, 0.1, "1", "made up for a test", "C", "")
    monkeypatch.setattr(rotation_curve.Likelihood, "data", property(lambda _: (datum,)))
    assert f"likelihoods.rotation_curve: {problem}" in message(config_file(model), "likelihoods.rotation_curve={}")


def test_a_figure_of_a_column_that_nothing_has_is_refused_before_the_sampling(config_file):
    line = message(config_file("smoke"), "report.figures=[{corner: {columns: [g, m_dm_mev, m_dm_gev]}}]")
    assert "report.figures.0.corner.columns: 'm_dm_gev' is no column; allowed: a parameter of the run, or" in line
    load(config_file("smoke"), ("report.figures=[{corner: {columns: [g, m_dm_mev, omega_h2]}}]",))


def test_a_key_of_a_file_that_is_not_text_is_refused(default, written):
    text = default.read_text().replace("parameters:\n", "parameters:\n  true: {fixed: 1}\n", 1)
    assert message(written(text)).endswith("run.yaml: parameters.true: is a key that is not text; allowed: text")
