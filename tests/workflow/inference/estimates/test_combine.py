"""From chains to posterior.nc: what is kept, how it is described, and that the data of every likelihood arrive."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import yaml
from numpy.testing import assert_allclose, assert_array_equal
from reference import synthetic_posterior
from reference.origins import ORIGIN, draw_blanks
from reference.runs import ROOT

import likelihoods
from workflow.inference.atlas.published_edges import EdgeRow, write_reproduction
from workflow.inference.estimates import best_fit, posterior_file
from workflow.inference.estimates.combine import combine, observed
from workflow.inference.estimates.nelder_mead import maximise
from workflow.inference.estimates.posterior_file import flat
from workflow.inference.estimates.summary import summary_of
from workflow.inference.figures.predictive import predicted_columns
from workflow.inference.figures.run_figures import FIGURES, PLANE
from workflow.inference.posterior import meaning
from workflow.inference.posterior.evaluation import evaluate
from workflow.inference.posterior.observables import COLUMNS, FLAGS
from workflow.inference.report.report import Inputs, write_report
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.writing.origin import digest

BOUND = '''
from dataclasses import dataclass
from typing import ClassVar

from likelihoods import _statistics
from likelihoods.data.measurements import Measurement
from model.physics.surroundings import NOTHING


@dataclass(frozen=True)
class Likelihood:
    """A made-up measurement."""

    parameters: ClassVar = ()
    needs: ClassVar = ("{observable}",)
    requires: ClassVar = NOTHING
    era: ClassVar = "any"
    experiments = _statistics.undivided

    @property
    def data(self):
        return (Measurement("{observable}", 2008, {value}, {sigma}, "{unit}", "made up for a test", "C", ""),)

    def log_likelihood(self, prediction):
        return _statistics.gaussian(prediction.{observable}, {value}, {sigma})
'''
MINE = {
    "my_decoupling": {"observable": "t_kd_mev", "value": 0.01, "sigma": 0.05, "unit": "MeV"},
    "made_up_package.my_abundance": {"observable": "omega_h2", "value": 0.12, "sigma": 0.0012, "unit": "1"},
}


def chains_of(posterior, rng, ensembles=2, steps=6, walkers=8):
    """Chains of valid prior draws: what they look like matters, not what they say."""
    theta = posterior.sample_prior(4000, rng)
    theta = theta[posterior.inside(theta)][: ensembles * steps * walkers]
    columns = posterior.log_prob(theta).reshape(ensembles, steps, walkers, -1)
    theta = theta.reshape(ensembles, steps, walkers, -1)
    accepted = np.full(walkers, steps // 3)
    return [Chain(theta[k], columns[k, ..., 0], columns[k, ..., 1:], accepted, ()) for k in range(ensembles)]


@pytest.fixture(scope="module", autouse=True)
def _short_searches():
    """How high the maxima are does not matter here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best_fit, "maximise", partial(maximise, steps=20, rounds=1))
        yield


@pytest.fixture(scope="module")
def combined(tmp_path_factory, tables_folder):
    """A run with two likelihoods that are not in the tree, a file and an import path, and all that it becomes."""
    folder = tmp_path_factory.mktemp("likelihoods")
    (folder / "made_up_package").mkdir()
    for name, datum in MINE.items():
        (folder / f"{name.replace('.', '/')}.py").write_text(BOUND.format(**datum), encoding="utf-8")
    raw = yaml.safe_load((ROOT / "config" / "smoke.yaml").read_text(encoding="utf-8"))
    raw["likelihoods"] |= dict.fromkeys(MINE)
    (folder / "mine.yaml").write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likelihoods, "__path__", [*likelihoods.__path__, str(folder)])
        patch.syspath_prepend(folder)
        # A config refuses two data of one observable; the file must tell them apart all the same.
        patch.setattr(meaning, "_counted_twice", lambda _: iter(()))
        config = load(folder / "mine.yaml", ("report.prior_draws=200",))
    posterior = build_posterior(config, tables_folder)
    chains = chains_of(posterior, np.random.default_rng(1))
    path = tmp_path_factory.mktemp("run") / "posterior.nc"
    combine(config, posterior, chains, ORIGIN, path)
    return config, posterior, chains, path


@pytest.fixture(scope="module")
def file(combined):
    return posterior_file.read(combined[3])


def test_a_datum_of_a_new_observable_reaches_the_summary(file):
    (cost,) = [cost for cost in summary_of(file).costs if cost.term == "my_decoupling"]
    (datum,) = cost.data
    assert (datum.observable, datum.measured, datum.sigma, datum.unit) == ("t_kd_mev", 0.01, 0.05, "MeV")
    assert datum.predicted == float(file.best_fit["t_kd_mev"])
    assert_allclose(cost.at_best_fit, datum.pull**2)


def test_two_likelihoods_of_one_observable_keep_their_data(file):
    data = {cost.term: cost.data for cost in summary_of(file).costs}
    (wmap,), (mine,) = data["relic_abundance"], data["made_up_package.my_abundance"]
    assert (wmap.observable, wmap.measured, wmap.sigma) == ("omega_h2", 0.1099, 0.0062)
    assert (mine.observable, mine.measured, mine.sigma) == ("omega_h2", 0.12, 0.0012)
    assert_allclose(mine.pull, (mine.predicted - 0.12) / 0.0012)
    assert [datum.attrs["likelihood"] for datum in file.data("observable", "omega_h2")] == list(data_order(file))
    assert "omega_h2" in predicted_columns(file)


def data_order(file):
    return [term for term in file.log_likelihood if term in ("relic_abundance", "made_up_package.my_abundance")]


def test_the_report_shows_both_data_of_one_observable_and_the_new_one(combined, tmp_path):
    path = combined[3]
    synthetic_posterior.write(tmp_path, n_draws=500, origin=ORIGIN)  # for its diagnostics and evidence
    draw_blanks(tmp_path, (*FIGURES, PLANE), replace(ORIGIN, parents={path.name: digest(path)}))
    row = EdgeRow("e137", 5.0, "visible", 2.6e-8, 2.5e-8, 8.5e-5, None, "1209.6083 fig. 2", "D")
    write_reproduction((row,), tmp_path / "reproduction.csv")
    inputs = Inputs(
        path, tmp_path / "diagnostics.json", tmp_path / "evidence.json", tmp_path, tmp_path / "reproduction.csv"
    )
    write_report(inputs, ORIGIN, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    for shown in ("0.1099 ± 0.0062", "0.1200 ± 0.0012"):
        assert shown in html, shown
    (row,) = (line for line in html.splitlines() if ">my decoupling<" in line and 'class="words"' in line)
    assert '<td class="words">made up for a test</td>' in row


def test_further_data_of_a_likelihood_and_an_observable_are_numbered(combined):
    class Twice:
        era = "any"
        data = 2 * combined[0].likelihoods["made_up_package.my_abundance"].data

    assert list(observed({"twice": Twice()})) == ["twice.omega_h2", "twice.omega_h2.2"]


def test_columns_are_the_parameters_then_what_the_table_keeps_and_the_data_measure(combined, file):
    posterior = combined[1]
    kept = [name for name, column in COLUMNS.items() if column.kept]
    assert list(file.posterior) == [*posterior.priors, *kept]


def test_draws_are_those_of_the_chains(combined, file):
    _, posterior, chains, _ = combined
    theta = np.stack([chain.coords.reshape(-1, chain.coords.shape[2]) for chain in chains])
    g = posterior.to_physical(theta.reshape(-1, theta.shape[2])).values["g"]
    assert_array_equal(file.samples("g"), g)
    assert_array_equal(
        file.log_likelihood["made_up_package.my_abundance"], np.stack([c.blobs[..., -1].ravel() for c in chains])
    )
    density = np.stack([chain.log_prob.ravel() for chain in chains])
    assert_allclose(file.sample_stats["lp"], density, rtol=1e-12)
    assert file.sample_stats["lp"].attrs["density_in"] == ", ".join(posterior.names)


def test_weights_of_the_same_prior_and_likelihoods_leave_the_draws_alone(combined, file):
    posterior = combined[1]
    values = {name: file.samples(name) for name in posterior.priors}
    values |= {name: np.full(len(values["g"]), value) for name, value in posterior.fixed.items()}
    again = evaluate(posterior, values).columns
    terms = np.sum([flat(term) for term in file.log_likelihood.values()], axis=0)
    weights = np.exp(again["log_posterior"] - flat(file.sample_stats["log_prior"]) - terms)
    assert_allclose(weights, 1.0, rtol=1e-7)
    assert "log10(g), log10(chi)" in file.sample_stats["log_prior"].attrs["density_in"]
    # With the Jacobian of the walked coordinates, which the file once held under this name, they differ.
    jacobian = flat(file.sample_stats["lp"]) - flat(file.sample_stats["log_prior"]) - terms
    assert np.std(jacobian) > 0.1


def test_variables_say_what_they_are(file):
    for name, variable in file.posterior.items():
        if name in COLUMNS:
            assert variable.attrs["label"] == COLUMNS[name].label
            assert variable.attrs["units"] == COLUMNS[name].unit
    assert file.names("flag") == [flag.name for flag in FLAGS]
    assert all(file.posterior[flag.name].attrs["meaning"] == flag.meaning for flag in FLAGS)
    assert file.posterior["g"].attrs["prior"].startswith("log-uniform")
    assert file.posterior["g_e_l"].attrs["scale"] == "linear"
    assert file.posterior["m_dm_mev"].attrs["scale"] == "log"


def test_prior_draws_hold_the_masses_where_a_point_is_valid_and_count_the_reasons(file):
    invalid = sum(json.loads(file.prior.attrs["invalid_reasons"]).values())
    assert file.prior.sizes["draw"] == file.prior.attrs["draws"] == 200
    for name in ("m_dm_mev", "m_u_mev", "epsilon"):
        assert int(np.isnan(file.prior[name]).sum()) == invalid > 0


def test_maxima_are_no_lower_than_the_best_draw(file):
    best = float(file.sample_stats["log_likelihood"].max())
    assert sum(float(file.best_fit[f"loglike_{term}"]) for term in file.log_likelihood) >= best


def test_equal_content_gives_equal_bytes(combined, tmp_path):
    config, posterior, chains, path = combined
    combine(config, posterior, chains, ORIGIN, tmp_path / "again.nc")
    assert (tmp_path / "again.nc").read_bytes() == path.read_bytes()
