"""Every model and likelihood at points of any magnitude, and the same points in other company."""

import numpy as np
import pytest

from workflow.inference.posterior.evaluation import evaluate

EVERYTHING = ("likelihoods.bbn=", "likelihoods.quarkonium=", "likelihoods.propagated_line=")
RUNS = {
    "default": ("hooper_zurek_2008",),
    "modern": ("hooper_zurek_modern", *EVERYTHING),
    "massless": ("hooper_zurek_modern", "model.pseudoscalar=massless", "line.positrons_from=every_channel"),
    "universal": ("minimal_2008", "model.charges=universal"),
    "hypercharge": (
        *("hypercharge_2008", *EVERYTHING, "likelihoods.n_eff="),
        *("likelihoods.atomic_parity_violation=", "likelihoods.neutrino_electron_scattering="),
    ),
    "corrected": (
        *("minimal_modern", "model.reading=corrected"),
        "parameters.gaugino_mass_mev={prior: log_uniform, min: 1e-3, max: 1e3}",
    ),
    "upper limit": ("scalar_modern", "cosmology.role=upper_limit"),
    "portal": ("vector_portal_modern", "likelihoods.kinetic_mixing.sn1987a_depth=4"),
    "dirac": ("vector_portal", "model.dark_matter=dirac", "cosmology.kinetic_equilibrium=assumed"),
    "p-wave": ("line_p_wave",),
    "s- and p-wave": ("line_s_and_p_wave", "line.in_flight_losses=true"),
    "decay": ("line_decay",),
    "exciting": ("line_exciting",),
    "stars": ("line_stellar",),
    "both": ("line_stars_and_annihilation",),
}
EDGES = [
    0.0,
    -0.0,
    1.0,
    5e-324,
    2.3e-308,
    1e-160,
    1e160,
    1.7976931348623157e308,
    0.51099895069,
    1.0219979,
    12.566370614,
]


def points(posterior, n, rng):
    """Prior draws, in which each parameter is anything at a third of the points (at 3 % for those of the halo)."""
    values = posterior.sample_prior_values(n, rng)
    own = {parameter.name for parameter in posterior.model.parameters}
    for name, draws in values.items():
        sign = np.where(rng.uniform(size=n) < 0.05, -1.0, 1.0)
        scale = rng.choice([3.0, 30.0, 300.0], size=n)
        anything = sign * 10.0 ** (scale * rng.uniform(-1.0, 1.0, size=n))
        anything = np.where(rng.uniform(size=n) < 0.2, rng.choice(EDGES, size=n), anything)
        values[name] = np.where(rng.uniform(size=n) < (0.33 if name in own else 0.03), anything, draws)
    return values


def check(posterior, values):
    """Every point is a row: numbers where it is valid, a reason where it is not."""
    found = evaluate(posterior, values)
    assert len(found.reason) == len(found.valid) == len(next(iter(values.values())))
    assert [reason == "" for reason in found.reason] == found.valid.tolist()
    assert not [reason for reason in found.reason if reason.startswith("cannot be computed")]
    for name in posterior.likelihoods:
        terms = [column for other, column in found.columns.items() if other.startswith(f"loglike_{name}.")]
        if terms:
            np.testing.assert_allclose(
                found.columns[f"loglike_{name}"], np.sum(terms, axis=0), rtol=1e-12, err_msg=name
            )
    for name, column in found.columns.items():
        if name.startswith("log"):
            assert not np.isnan(column).any(), name
            assert not (column == np.inf).any(), name
        elif name not in values:
            assert not np.isinf(column[found.valid]).any(), name


# Runs that differ the most; the slow test below has all of them.
@pytest.mark.compiled
@pytest.mark.parametrize("run", ["default", "massless", "universal", "portal", "decay", "both"])
def test_a_point_of_any_magnitude_is_a_row(run, posterior_of):
    posterior = posterior_of(*RUNS[run])
    check(posterior, points(posterior, 200, np.random.default_rng(1)))


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("run", RUNS)
def test_a_million_points_of_any_magnitude_are_rows(run, posterior_of):
    posterior = posterior_of(*RUNS[run])
    for seed in range(67):  # 67 times 1000 points of each of the 15 runs
        check(posterior, points(posterior, 1000, np.random.default_rng(1000 + seed)))


@pytest.mark.compiled
@pytest.mark.parametrize("run", ["modern", "hypercharge", "corrected", "exciting"])
def test_the_company_of_a_point_changes_no_bit(run, posterior_of):
    posterior = posterior_of(*RUNS[run])
    values = posterior.sample_prior_values(21, np.random.default_rng(5))
    whole = evaluate(posterior, values)
    for some in (np.arange(21)[::-1], np.arange(10), np.arange(5, 21, 3), *np.arange(0, 21, 5)[:, None]):
        part = evaluate(posterior, {name: value[some] for name, value in values.items()})
        assert part.reason == tuple(whole.reason[i] for i in some)
        for name, column in part.columns.items():
            np.testing.assert_array_equal(column, whole.columns[name][some], err_msg=name)
