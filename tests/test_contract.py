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


class Option(typing.NamedTuple):
    """A field of a dataclass and the values that can be listed."""

    name: str
    values: tuple


def options(kind):
    """Literal and bool fields of a dataclass, each with its values, the default first."""
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        if hint is bool or typing.get_origin(hint) is typing.Literal:
            values = (False, True) if hint is bool else typing.get_args(hint)
            yield Option(field.name, (field.default, *(value for value in values if value != field.default)))


def combinations(kind):
    """Every combination of the options of a dataclass, as instances; impossible ones are left out."""
    names, axes = zip(*options(kind), strict=True) if any(options(kind)) else ((), ())
    result = []
    for combination in itertools.product(*axes):
        try:
            result.append(kind(**dict(zip(names, combination, strict=True))))
        except ValueError:
            continue
    return result


def pairs(chosen):
    """Values of two options that an instance has together; an option also stands with itself."""
    values = [(field.name, getattr(chosen, field.name)) for field in options(type(chosen))]
    return set(itertools.combinations_with_replacement(values, 2))


def pairwise(candidates):
    """Few of the candidates that together have each pair of values that any of them has; the first is one of them."""
    few, missing = candidates[:1], set().union(*map(pairs, candidates)) - pairs(candidates[0])
    while missing:
        few.append(max(candidates, key=lambda chosen: len(missing & pairs(chosen))))
        missing -= pairs(few[-1])
    return few


def model_kind(name):
    return importlib.import_module(f"model.{name}").Model


def likelihood_kind(name):
    return importlib.import_module(f"likelihoods.{name}").Likelihood


OF_MODEL = {name: pairwise(combinations(model_kind(name))) for name in (*MODELS, *LINE_MODELS)}
OF_LIKELIHOOD = {name: pairwise(combinations(likelihood_kind(name))) for name in LIKELIHOODS}
NUMBERS = (0, 1, 3)  # of points


def possible(parameter):
    """A value of a parameter that is away from any end of its range."""
    if parameter.default is not None:
        return parameter.default
    return parameter.range.low + 0.1 if np.isfinite(parameter.range.low) else 1.1


# of some likelihoods
OWN = {
    parameter.name: possible(parameter)
    for chosen in itertools.chain(*OF_LIKELIHOOD.values())
    for parameter in chosen.parameters
    if parameter.name not in NUISANCES
}


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


@pytest.mark.parametrize("kind", [*map(model_kind, MODELS), *map(likelihood_kind, LIKELIHOODS)])
def test_chosen_options_hold_every_pair_that_is_possible(kind):
    everything, few = combinations(kind), pairwise(combinations(kind))
    assert set().union(*map(pairs, few)) == set().union(*map(pairs, everything))
    assert few[0] == kind()
    assert len(few) <= len(everything)


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


@pytest.mark.parametrize("name", [*MODELS, *LINE_MODELS])
def test_parameters_have_distinct_names_units_and_labels(name):
    for chosen in OF_MODEL[name]:
        parameters = chosen.parameters
        assert all(isinstance(p, Parameter) and p.name and p.unit and p.label and p.meaning for p in parameters), chosen
        assert len({parameter.name for parameter in parameters}) == len(parameters), chosen
        assert not {parameter.name for parameter in parameters} & set(NUISANCES), chosen


@pytest.mark.parametrize("name", MODELS)
def test_sampling_coordinates_replace_parameters_of_the_model(name):
    for chosen in OF_MODEL[name]:
        coordinates = chosen.sampling_coordinates
        if getattr(chosen, "visible", "epsilon") == "epsilon":
            assert set(coordinates.parameters) <= {parameter.name for parameter in chosen.parameters}, chosen


@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_float64_of_shape_n(name, surroundings):
    for chosen, n in itertools.product(OF_MODEL[name], NUMBERS):
        prediction = chosen.predict(point_values(name, chosen, n), surroundings)
        assert isinstance(prediction, Prediction), chosen
        assert isinstance(prediction.dark_matter, DarkMatter), chosen
        assert prediction.reason.shape == (n,), chosen
        assert prediction.reason.dtype == np.int8, chosen
        for part, kind in ((prediction.spectrum, Spectrum), (prediction.couplings, Couplings)):
            for field in dataclasses.fields(kind):
                assert getattr(part, field.name).shape == (n,), (chosen, field.name)
                assert getattr(part, field.name).dtype == np.float64, (chosen, field.name)


@pytest.mark.parametrize("name", LINE_MODELS)
def test_line_predictions_have_the_line(name, surroundings):
    expected = {"flux_511kev", "positron_rate", "injection_energy", "annuli_511kev[0]", "circular_speed_km_s"}
    for chosen, n in itertools.product(OF_MODEL[name], NUMBERS):
        prediction = chosen.predict(point_values(name, chosen, n), surroundings)
        assert isinstance(prediction, LinePrediction), chosen
        assert prediction.reason.shape == (n,), chosen
        assert prediction.reason.dtype == np.int8, chosen
        assert prediction.select(prediction.valid).flux_511kev.shape == (n,), chosen
        assert expected <= check_arrays(prediction, n), chosen


@pytest.mark.parametrize("name", LINE_MODELS)
def test_each_parameter_of_a_line_model_moves_a_likelihood(name, surroundings):
    # 2008: the emulators of today do not look at flux
    kinds = [likelihood_kind(kind)() for kind in ("morphology_511kev", "injection_energy", "flux_511kev")]
    for chosen in OF_MODEL[name]:
        for parameter in chosen.parameters:
            values = point_values(name, chosen, 2)
            values[parameter.name] = values[parameter.name] * np.array([1.0, 1.03])
            prediction = chosen.predict(values, surroundings)
            assert prediction.valid.all(), (chosen, parameter.name)
            terms = [kind.log_likelihood(prediction) for kind in kinds]
            assert any(term[0] != term[1] for term in terms), (chosen, parameter.name)


@pytest.mark.parametrize("name", [*MODELS, *LINE_MODELS])
def test_the_test_point_is_valid_in_every_reading(name, surroundings):
    for chosen in OF_MODEL[name]:
        prediction = chosen.predict(point_values(name, chosen), surroundings)
        assert REASONS[prediction.reason[0]] == "", chosen


INPUTS = {field.name for field in dataclasses.fields(Prediction)}  # of an observable: what the model says
OBSERVABLES = sorted(
    {need for chosen in itertools.chain(*OF_LIKELIHOOD.values()) for need in chosen.needs} - INPUTS
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


def check_arrays(prediction, n):
    """Names of the observables, each of which is finite, of shape (n,) and of float64."""
    names = set()
    for observable, value in arrays(prediction):
        assert value.shape == (n,), observable
        assert value.dtype == np.float64, observable
        assert np.isfinite(value).all(), observable
        names.add(observable)
    return names


@pytest.mark.parametrize("name", MODELS)
def test_observables_are_finite_float64_of_shape_n(name, surroundings):
    chosen = model_kind(name)()
    for n in NUMBERS:
        assert check_arrays(chosen.predict(point_values(name, chosen, n), surroundings), n)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_likelihood_has_every_member_of_its_contract(name):
    for chosen, member in itertools.product(OF_LIKELIHOOD[name], contracts.members(contracts.Likelihood)):
        assert hasattr(chosen, member), (chosen, member)


@pytest.mark.parametrize("name", [*MODELS, *LINE_MODELS])
def test_a_model_has_every_member_of_its_contract(name):
    for chosen, member in itertools.product(OF_MODEL[name], contracts.members(contracts.Model)):
        assert hasattr(chosen, member), (chosen, member)


class Recorded:
    """A prediction that notes which of its members are read."""

    def __init__(self, prediction):
        self.read = set()
        self._prediction = prediction

    def __getattr__(self, attribute):
        self.read.add(attribute)
        return getattr(self._prediction, attribute)


@pytest.fixture(scope="module")
def portal(surroundings):
    """Predictions of the vector portal at n equal points, each once."""
    model = model_kind("vector_portal")()
    return {n: model.predict(point_values("vector_portal", model, n), surroundings) for n in NUMBERS}


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_needs_of_a_likelihood_are_exactly_what_it_reads(name, portal):
    for chosen in OF_LIKELIHOOD[name]:
        recorded = Recorded(portal[1])
        assert chosen.log_likelihood(recorded).shape == (1,), chosen
        assert recorded.read == set(chosen.needs), chosen
        assert len(chosen.needs) == len(recorded.read), chosen


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_data_of_a_likelihood_constrain_what_it_needs(name):
    # published limits are not measurements: a likelihood may have none
    for chosen in OF_LIKELIHOOD[name]:
        assert {datum.observable for datum in chosen.data} <= set(chosen.needs), chosen


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_log_likelihoods_are_float64_of_shape_n_and_at_most_zero(name, portal):
    for chosen, n in itertools.product(OF_LIKELIHOOD[name], NUMBERS):
        terms = chosen.log_likelihood(portal[n])
        assert terms.shape == (n,), chosen
        assert terms.dtype == np.float64, chosen
        assert (terms <= 0.0).all(), chosen


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_experiments_add_up(name, portal):
    for chosen in OF_LIKELIHOOD[name]:
        terms = chosen.experiments(portal[3])
        if terms:
            assert_allclose(sum(terms.values()), chosen.log_likelihood(portal[3]), rtol=1e-14, err_msg=str(chosen))


def test_models_and_likelihoods_pickle():
    for chosen in itertools.chain(*OF_MODEL.values(), *OF_LIKELIHOOD.values()):
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


def sensitive(name):
    """Readings of a model in which every parameter acts on its own, for each pair of their options."""
    return pairwise(
        [
            chosen
            for chosen in combinations(model_kind(name))
            if getattr(chosen, "charges", "kinetic_mixing") == "kinetic_mixing"
            and getattr(chosen, "soft_normalisation", "paper") == "paper"
            and not getattr(chosen, "higgs_doublets", False)
        ]
    )


@pytest.mark.parametrize("name", MODELS)
def test_each_parameter_moves_a_likelihood_and_each_likelihood_moves(name, surroundings):
    nuisances = [p.name for p in (*halo.PARAMETERS, *line_511kev.PARAMETERS) if p.name != "einasto_alpha"]
    for chosen in sensitive(name):
        names = *(parameter.name for parameter in chosen.parameters), *nuisances
        effects = {parameter: moved(name, chosen, parameter, surroundings) for parameter in names}
        assert [parameter for parameter, likelihoods in effects.items() if not likelihoods] == [], chosen
        assert set().union(*effects.values()) == {label for label, _ in MODERN} - idle(chosen), chosen


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
    line = {"flux_511kev", "morphology_511kev"}
    everything = line | {
        "propagated_line",
        "rotation_curve",
    }  # the bound is averaged over the halo
    expected = dict.fromkeys(NUISANCES, everything) | {"f_ps": line, "einasto_alpha": set()}  # the halo is gNFW
    assert {nuisance: moved("anomaly_free", chosen, nuisance, surroundings) for nuisance in NUISANCES} == expected
