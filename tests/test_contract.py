"""Every file in model/ and likelihoods/ meets its protocol."""

import dataclasses
import importlib
import itertools
import pickle
import typing

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.runs import SHIPPED_CONFIGS

import likelihoods as likelihoods_package
import model as model_package
from model.physics.domain import REASONS
from model.physics.galaxy import halo
from model.physics.line_prediction import LinePrediction
from model.physics.positrons import line_511kev
from model.physics.prediction import Prediction
from model.physics.quantities import Couplings, DarkMatter, Parameter, Spectrum
from workflow.inference.posterior import contracts
from workflow.inference.run.components import available

MODELS = [
    name for name in available(model_package) if importlib.import_module(f"model.{name}").Model.prediction is Prediction
]
LINE_MODELS = sorted({*available(model_package)} - {*MODELS})  # hypotheses about the positrons alone
LIKELIHOODS = available(likelihoods_package)

STARS = {
    "sn_ia_per_century": 0.03,
    "sn_ia_escape": 0.03,
    "xray_binary_share": 0.5,
    "hypernovae_per_century": 0.001,
    "grb_interval_yr": 1e6,
    "positron_energy_mev": 0.6,
}
# A valid point with every observable well away from zero, for each model; above the muon threshold of nothing.
POINTS = {
    "anomaly_free": {"g": 0.5, "chi": 0.02, "lambda": 0.2, "m_soft_tev": 0.02, "dm_charge": 0.5},
    "minimal": {"g": 0.05, "chi": 0.02, "m_soft_tev": 0.2, "gaugino_mass_mev": 1.0},
    "vector_portal": {"m_dm_mev": 3.0, "m_u_mev": 10.0, "g_dm": 0.1, "epsilon": 0.01, "g_l": -1e-3, "g_r": 2e-3},
    "annihilating": {"m_dm_mev": 3.0, "sigma_v_s_cm3_s": 1e-30, "sigma_v_p_cm3_s": 1e-24, **STARS},
    "decaying": {"m_dm_mev": 6.0, "lifetime_s": 1e27},
    "exciting": {"m_dm_gev": 1000.0, "splitting_mev": 4.0, "sigma_mr_cm2": 1e-23},
    "stellar": STARS,
}
NUISANCES = {
    "gamma": 1.1,
    "r_s_kpc": 20.0,
    "rho_sun_gev_cm3": 0.3,
    "r_sun_kpc": 8.5,
    "einasto_alpha": 0.17,
    "baryon_scale": 1.0,
    "f_ps": 0.9,
}


def choices(kind):
    """Every combination of the Literal and bool options of a dataclass, as instances; impossible ones are left out."""
    hints = typing.get_type_hints(kind)
    axes = {}
    for field in dataclasses.fields(kind):
        if typing.get_origin(hints[field.name]) is typing.Literal:
            axes[field.name] = typing.get_args(hints[field.name])
        elif hints[field.name] is bool:
            axes[field.name] = (False, True)
    found = []
    for combination in itertools.product(*axes.values()):
        try:
            found.append(kind(**dict(zip(axes, combination, strict=True))))
        except ValueError:
            continue
    return found


def model_kind(name):
    return importlib.import_module(f"model.{name}").Model


def likelihood_kind(name):
    return importlib.import_module(f"likelihoods.{name}").Likelihood


EVERY_MODEL = [(name, chosen) for name in MODELS for chosen in choices(model_kind(name))]
EVERY_LINE_MODEL = [(name, chosen) for name in LINE_MODELS for chosen in choices(model_kind(name))]
EVERY_LIKELIHOOD = [(name, chosen) for name in LIKELIHOODS for chosen in choices(likelihood_kind(name))]


def possible(parameter):
    """A value of a parameter that is away from any end of its range."""
    if parameter.default is not None:
        return parameter.default
    return parameter.range.low + 0.1 if np.isfinite(parameter.range.low) else 1.1


# of some likelihoods
OWN = {p.name: possible(p) for _, chosen in EVERY_LIKELIHOOD for p in chosen.parameters if p.name not in NUISANCES}


def short(value):
    return "-".join(str(v) for v in dataclasses.astuple(value)) if dataclasses.is_dataclass(value) else None


def point_values(name, chosen, n=1):
    names = [parameter.name for parameter in chosen.parameters]
    return {
        key: np.full(n, float(value))
        for key, value in {**POINTS[name], **NUISANCES, **OWN}.items()
        if key in (*names, *NUISANCES, *OWN)
    }


def test_the_folders_hold_what_configs_can_name():
    assert {*MODELS, *LINE_MODELS} == set(POINTS)
    assert {"flux_511kev", "relic_abundance", "electron_g2", "kinetic_mixing"} <= set(LIKELIHOODS)


@pytest.mark.parametrize("name", [*MODELS, *LINE_MODELS])
def test_a_model_is_a_frozen_dataclass(name):
    kind = model_kind(name)
    assert dataclasses.is_dataclass(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        kind().dark_matter = "dirac"


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_likelihood_is_a_frozen_dataclass(name):
    kind = likelihood_kind(name)
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen


@pytest.mark.parametrize("chosen", [chosen for _, chosen in (*EVERY_MODEL, *EVERY_LINE_MODEL)], ids=short)
def test_parameters_have_distinct_names_units_and_labels(chosen):
    parameters = chosen.parameters
    assert all(isinstance(p, Parameter) and p.name and p.unit and p.label and p.meaning for p in parameters)
    assert len({parameter.name for parameter in parameters}) == len(parameters)
    assert not {parameter.name for parameter in parameters} & set(NUISANCES)


@pytest.mark.parametrize("chosen", [chosen for _, chosen in EVERY_MODEL], ids=short)
def test_sampling_coordinates_replace_parameters_of_the_model(chosen):
    coordinates = chosen.sampling_coordinates
    if getattr(chosen, "visible", "epsilon") == "epsilon":
        assert set(coordinates.parameters) <= {parameter.name for parameter in chosen.parameters}


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("name, chosen", EVERY_MODEL, ids=short)
def test_predictions_are_float64_of_shape_n(name, chosen, n, surroundings):
    prediction = chosen.predict(point_values(name, chosen, n), surroundings)
    assert isinstance(prediction, Prediction)
    assert isinstance(prediction.dark_matter, DarkMatter)
    assert prediction.reason.shape == (n,)
    assert prediction.reason.dtype == np.int8
    for part, kind in ((prediction.spectrum, Spectrum), (prediction.couplings, Couplings)):
        for field in dataclasses.fields(kind):
            assert getattr(part, field.name).shape == (n,), field.name
            assert getattr(part, field.name).dtype == np.float64, field.name


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("name, chosen", EVERY_LINE_MODEL, ids=short)
def test_line_predictions_have_the_line(name, chosen, n, surroundings):
    prediction = chosen.predict(point_values(name, chosen, n), surroundings)
    assert isinstance(prediction, LinePrediction)
    assert prediction.reason.shape == (n,)
    assert prediction.reason.dtype == np.int8
    assert prediction.select(prediction.valid).flux_511kev.shape == (n,)
    found = dict(arrays(prediction))
    assert {"flux_511kev", "positron_rate", "injection_energy", "annuli_511kev[0]", "circular_speed_km_s"} <= set(found)
    for observable, value in found.items():
        assert value.shape == (n,), observable
        assert value.dtype == np.float64, observable
        assert np.isfinite(value).all(), observable


@pytest.mark.parametrize("name, chosen", EVERY_LINE_MODEL, ids=short)
def test_each_parameter_of_a_line_model_moves_a_likelihood(name, chosen, surroundings):
    # 2008: the emulators of today do not look at flux
    kinds = [likelihood_kind(kind)() for kind in ("morphology_511kev", "injection_energy", "flux_511kev")]
    for parameter in chosen.parameters:
        values = point_values(name, chosen, 2)
        values[parameter.name] = values[parameter.name] * np.array([1.0, 1.03])
        prediction = chosen.predict(values, surroundings)
        assert prediction.valid.all()
        terms = [kind.log_likelihood(prediction) for kind in kinds]
        assert any(term[0] != term[1] for term in terms), parameter.name


@pytest.mark.parametrize("name, chosen", [*EVERY_MODEL, *EVERY_LINE_MODEL], ids=short)
def test_the_test_point_is_valid_in_every_reading(name, chosen, surroundings):
    prediction = chosen.predict(point_values(name, chosen), surroundings)
    assert REASONS[prediction.reason[0]] == ""


INPUTS = {field.name for field in dataclasses.fields(Prediction)}  # of an observable: what the model says
OBSERVABLES = sorted(
    {need for _, chosen in EVERY_LIKELIHOOD for need in chosen.needs} - INPUTS
    | {"sigma_v_bulge", "mixing_with_hypercharge", "positron_rate"}
)


def arrays(prediction):
    """Observables by name; those that hold several arrays, such as the widths, one by one."""
    for name in OBSERVABLES:
        if not hasattr(type(prediction), name):
            continue  # a hypothesis about the positrons alone
        if name == "annuli_511kev" and prediction.surroundings.annuli is None:
            continue  # only where a likelihood asks for it
        value = getattr(prediction, name)
        if dataclasses.is_dataclass(value):
            yield from ((f"{name}.{f.name}", getattr(value, f.name)) for f in dataclasses.fields(value))
        elif value.ndim == 2:  # regions of the sky
            yield from ((f"{name}[{k}]", column) for k, column in enumerate(value.T))
        else:
            yield name, value


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("name", MODELS)
def test_observables_are_finite_float64_of_shape_n(name, n, surroundings):
    chosen = model_kind(name)()
    prediction = chosen.predict(point_values(name, chosen, n), surroundings)
    for observable, value in arrays(prediction):
        assert value.shape == (n,), observable
        assert value.dtype == np.float64, observable
        assert np.isfinite(value).all(), observable


@pytest.mark.parametrize("chosen", [c for _, c in EVERY_LIKELIHOOD], ids=short)
def test_a_likelihood_has_every_member_of_its_contract(chosen):
    for member in contracts.members(contracts.Likelihood):
        assert hasattr(chosen, member), member


@pytest.mark.parametrize("chosen", [c for _, c in (*EVERY_MODEL, *EVERY_LINE_MODEL)], ids=short)
def test_a_model_has_every_member_of_its_contract(chosen):
    for member in contracts.members(contracts.Model):
        assert hasattr(chosen, member), member


class Recorded:
    """A prediction that notes which of its members are read."""

    def __init__(self, prediction):
        self.read = set()
        self._prediction = prediction

    def __getattr__(self, attribute):
        self.read.add(attribute)
        return getattr(self._prediction, attribute)


@pytest.mark.parametrize("name, chosen", EVERY_LIKELIHOOD, ids=short)
def test_needs_of_a_likelihood_are_exactly_what_it_reads(name, chosen, surroundings):
    model = model_kind("vector_portal")()
    recorded = Recorded(model.predict(point_values("vector_portal", model), surroundings))
    assert chosen.log_likelihood(recorded).shape == (1,)
    assert recorded.read == set(chosen.needs), name
    assert len(chosen.needs) == len(recorded.read)


@pytest.mark.parametrize("chosen", [chosen for _, chosen in EVERY_LIKELIHOOD], ids=short)
def test_data_of_a_likelihood_constrain_what_it_needs(chosen):
    # published limits are not measurements: a likelihood may have none
    assert {datum.observable for datum in chosen.data} <= set(chosen.needs)


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("chosen", [chosen for _, chosen in EVERY_LIKELIHOOD], ids=short)
def test_log_likelihoods_are_float64_of_shape_n_and_at_most_zero(chosen, n, surroundings):
    model = model_kind("vector_portal")()
    found = chosen.log_likelihood(model.predict(point_values("vector_portal", model, n), surroundings))
    assert found.shape == (n,)
    assert found.dtype == np.float64
    assert (found <= 0.0).all()


@pytest.mark.parametrize("chosen", [chosen for _, chosen in EVERY_LIKELIHOOD], ids=short)
def test_experiments_add_up(chosen, surroundings):
    model = model_kind("vector_portal")()
    prediction = model.predict(point_values("vector_portal", model, 2), surroundings)
    terms = chosen.experiments(prediction)
    if terms:
        assert_allclose(sum(terms.values()), chosen.log_likelihood(prediction), rtol=1e-14)


@pytest.mark.parametrize("chosen", [c for _, c in (*EVERY_MODEL, *EVERY_LINE_MODEL, *EVERY_LIKELIHOOD)], ids=short)
def test_models_and_likelihoods_pickle(chosen):
    assert pickle.loads(pickle.dumps(chosen)) == chosen


@pytest.mark.parametrize("config", SHIPPED_CONFIGS)
def test_posteriors_pickle(config, posterior_of, rng):
    # the sampler sends them to other processes
    posterior = posterior_of(config)
    copy = pickle.loads(pickle.dumps(posterior))
    values = posterior.sample_prior_values(3, rng)
    assert_array_equal(copy.log_likelihoods(values), posterior.log_likelihoods(values))


@pytest.fixture(scope="session")
def on_prior_draws(posterior_of, draws):
    """Values, prediction and log-likelihoods of prior draws of a shipped config, each once a session."""
    done = {}

    def at(config):
        if config not in done:
            posterior = posterior_of(config)
            values = posterior.sample_prior_values(draws, np.random.default_rng(1))
            prediction = posterior.model.predict(values, posterior.surroundings)
            done[config] = posterior, values, prediction, posterior.log_likelihoods_of(prediction)
        return done[config]

    return at


@pytest.mark.parametrize("config", SHIPPED_CONFIGS)
def test_prior_draws_give_no_nan(config, on_prior_draws):
    _, _, _, terms = on_prior_draws(config)
    assert not np.isnan(terms).any()
    assert (terms <= 0.0).all()


@pytest.mark.parametrize("config", SHIPPED_CONFIGS)
def test_prior_draws_are_minus_infinity_exactly_where_they_are_invalid(config, on_prior_draws):
    _, _, prediction, terms = on_prior_draws(config)
    assert prediction.valid.mean() > 0.05
    assert_array_equal(np.isneginf(terms), np.broadcast_to(~prediction.valid[:, None], terms.shape))


@pytest.mark.parametrize("config", SHIPPED_CONFIGS)
def test_prior_draws_have_finite_observables_at_valid_points(config, on_prior_draws):
    _, _, prediction, _ = on_prior_draws(config)
    valid = prediction.select(prediction.valid)
    for observable, value in arrays(valid):
        assert np.isfinite(value).all(), observable


@pytest.mark.parametrize("config", SHIPPED_CONFIGS)
def test_a_batch_equals_its_rows(config, on_prior_draws):
    posterior, values, prediction, terms = on_prior_draws(config)
    rows = [*np.flatnonzero(prediction.valid)[:12], *np.flatnonzero(~prediction.valid)[:3]]
    for row in rows:
        one = posterior.log_likelihoods({name: value[row : row + 1] for name, value in values.items()})
        assert_allclose(one[0], terms[row], rtol=1e-10)


@pytest.mark.parametrize("config", SHIPPED_CONFIGS)
def test_the_order_of_points_does_not_matter(config, on_prior_draws):
    posterior, values, _, terms = on_prior_draws(config)
    few = {name: value[:40][::-1] for name, value in values.items()}
    assert_allclose(posterior.log_likelihoods(few)[::-1], terms[:40], rtol=1e-10)


def newest(kind):
    """A likelihood with the newest data, the last of its eras, all other options at their defaults."""
    eras = typing.get_args(typing.get_type_hints(kind)["era"])
    return kind(era=eras[-1]) if "era" in kind.__dataclass_fields__ and eras != (str,) else kind()


MODERN = [(name, newest(likelihood_kind(name))) for name in LIKELIHOODS]  # one of each


def moved(name, chosen, parameter, surroundings):
    """Which likelihoods move when a parameter moves by a few per cent."""
    factors = np.array([1.0, 1.03])
    values = point_values(name, chosen, 2)
    values[parameter] = values[parameter] * factors
    prediction = chosen.predict(values, surroundings)
    assert prediction.valid.all()
    terms = {label: kind.log_likelihood(prediction) for label, kind in MODERN}
    return {label for label, term in terms.items() if term[0] != term[1]}


SENSITIVE = [
    (name, chosen)
    for name, chosen in EVERY_MODEL
    if getattr(chosen, "charges", "kinetic_mixing") == "kinetic_mixing"
    and getattr(chosen, "soft_normalisation", "paper") == "paper"
    and not getattr(chosen, "higgs_doublets", False)
]


@pytest.mark.parametrize("name, chosen", SENSITIVE, ids=short)
def test_each_parameter_moves_a_likelihood_and_each_likelihood_moves(name, chosen, surroundings):
    nuisances = [p.name for p in (*halo.PARAMETERS, *line_511kev.PARAMETERS) if p.name != "einasto_alpha"]
    found = {p: moved(name, chosen, p, surroundings) for p in (*(p.name for p in chosen.parameters), *nuisances)}
    assert [p for p, likelihoods in found.items() if not likelihoods] == []
    assert set().union(*found.values()) == {label for label, _ in MODERN} - idle(chosen)


def idle(chosen):
    """Likelihoods of couplings that the model does not have: to neutrinos, axial ones to electrons, to quarks."""
    if getattr(chosen, "charges", "kinetic_mixing") == "hypercharge":
        return set()
    chiral = getattr(chosen, "visible", "epsilon") == "chiral"
    return {"neutrino_electron_scattering", "atomic_parity_violation"} | ({"quarkonium"} if chiral else set())


def test_with_hypercharge_every_likelihood_moves(surroundings):
    chosen = model_kind("anomaly_free")(charges="hypercharge")
    found = (moved("anomaly_free", chosen, parameter.name, surroundings) for parameter in chosen.parameters)
    assert {"neutrino_electron_scattering", "atomic_parity_violation", "quarkonium"} <= set().union(*found)


def test_nuisances_of_the_halo_move_the_line_and_the_rotation_curve_only(surroundings):
    chosen = model_kind("anomaly_free")()
    line, everything = {"flux_511kev", "morphology_511kev"}, {"flux_511kev", "morphology_511kev", "rotation_curve"}
    expected = dict.fromkeys(NUISANCES, everything) | {"f_ps": line, "einasto_alpha": set()}  # the halo is gNFW
    assert {nuisance: moved("anomaly_free", chosen, nuisance, surroundings) for nuisance in NUISANCES} == expected
