"""Properties of every likelihood over its domain and beyond: numbers, bounds, batches, and the ends that physics knows.

Hypothesis draws the observables themselves, so that no model limits them. Whole models at points of any magnitude are
in `tests/test_any_point.py`.
"""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from likelihoods import (
    atomic_parity_violation,
    bbn,
    cmb,
    direct_detection,
    electron_g2,
    flux_511kev,
    injection_energy,
    morphology_511kev,
    muon_g2,
    n_eff,
    neutrino_electron_scattering,
    propagated_line,
    relic_abundance,
    rotation_curve,
    self_interaction,
)
from model.physics.hidden_sector.charges import dark_photon

ANYTHING = st.floats(allow_nan=False, allow_subnormal=True)
POSITIVE = st.floats(min_value=0.0, allow_nan=False, allow_subnormal=True)
FEW = settings(max_examples=25)


class Case(NamedTuple):
    """A likelihood with an observable of which it is a Gaussian, and the values that this can have."""

    likelihood: object
    observable: str
    values: st.SearchStrategy = ANYTHING
    others: dict = {}  # noqa: RUF012  the rest of the prediction, never changed


def cosmology(role):
    return {"surroundings": SimpleNamespace(cosmology=SimpleNamespace(role=role)), "omega_h2_theory_error": 0.3}


GAUSSIANS = {
    **{f"cmb {era}": Case(cmb.Likelihood(era=era), "p_ann", POSITIVE) for era in (2008, "modern")},
    **{f"n_eff {era}": Case(n_eff.Likelihood(era=era), "n_eff") for era in (2008, "modern")},
    "self_interaction": Case(self_interaction.Likelihood(), "self_interaction", POSITIVE),
    "rotation_curve": Case(rotation_curve.Likelihood(), "circular_speed_km_s", POSITIVE),
    **{f"electron_g2 {a}": Case(electron_g2.Likelihood(alpha_from=a), "delta_a_e") for a in ("rb", "cs")},
    "muon_g2": Case(muon_g2.Likelihood(), "delta_a_mu"),
    "atomic_parity_violation": Case(atomic_parity_violation.Likelihood(), "weak_charge_shift"),
    **{
        f"relic_abundance {role} {error}": Case(
            relic_abundance.Likelihood(theory_error=error), "omega_h2", POSITIVE, cosmology(role)
        )
        for role in ("measured", "upper_limit")
        for error in (0.0, 0.1, "computed")
    },
    "flux_511kev": Case(flux_511kev.Likelihood(), "flux_511kev", POSITIVE),
    "helium": Case(bbn.Likelihood(deuterium=False), "primordial_helium", st.floats(0.0, 1e300)),
}
WITHOUT_THEORY_ERROR = [name for name in GAUSSIANS if not name.endswith((" 0.1", "computed"))]


def at(case, values):
    """Log-likelihood at values of the observable."""
    prediction = SimpleNamespace(**{case.observable: np.asarray(values, dtype=float)}, **case.others)
    return case.likelihood.log_likelihood(prediction)


def several(values, size=5):
    return arrays(np.float64, st.integers(0, size), elements=values)


@pytest.mark.parametrize("name", GAUSSIANS)
def test_any_observable_gives_a_number_that_its_company_does_not_change(name):
    case = GAUSSIANS[name]

    @FEW
    @given(several(case.values))
    def check(values):
        found = at(case, values)
        assert found.shape == values.shape
        assert not np.isnan(found).any()
        assert (found <= 0.0).all()
        assert_array_equal(found, [at(case, [value])[0] for value in values])
        assert np.isfinite(found[np.abs(values) < 1e100]).all()

    check()


@pytest.mark.parametrize("name", GAUSSIANS)
def test_an_observable_that_is_no_number_stays_none(name):
    """What is not computed must not become an exclusion; the posterior refuses NaN and names the likelihood."""
    found = at(GAUSSIANS[name], [np.nan, 1e-12])
    assert np.isnan(found[0])
    assert not np.isnan(found[1])


@pytest.mark.parametrize("name", WITHOUT_THEORY_ERROR)
def test_further_from_the_datum_is_never_better(name):
    case = GAUSSIANS[name]
    (datum,) = case.likelihood.data

    @FEW
    @given(several(case.values, 8))
    def check(values):
        distances = np.abs(values - datum.value)
        for side in (values > datum.value, values < datum.value):
            order = np.argsort(distances[side], kind="stable")
            with np.errstate(invalid="ignore"):  # -inf twice
                rises = np.diff(at(case, values[side][order]))
            assert not (rises > 0.0).any()

    check()


@pytest.mark.parametrize("error", [0.1, "computed"])
def test_an_abundance_above_the_limit_is_never_better_than_below(error):
    case = GAUSSIANS[f"relic_abundance upper_limit {error}"]
    (datum,) = case.likelihood.data
    below, above = at(case, [0.0, 0.5 * datum.value, datum.value]), at(case, datum.value * np.geomspace(1.0, 1e9, 60))
    assert_array_equal(below, 0.0)
    assert (np.diff(above) <= 0.0).all()
    assert above[0] == 0.0 > above[-1]


@FEW
@given(arrays(np.float64, (3, 4), elements=st.floats(-1e120, 1e120) | st.just(np.inf)))
def test_annuli_of_any_flux_give_a_number(expected):
    likelihood = morphology_511kev.Likelihood()
    found = likelihood.of_annuli(expected)
    assert not np.isnan(found).any()
    assert (found <= 0.0).all()
    assert_array_equal(found, [likelihood.of_annuli(row[None])[0] for row in expected])
    assert_array_equal(np.isneginf(found), np.isinf(expected).any(axis=1))
    unknown = np.where([True, False, False, False], np.nan, np.where(np.isinf(expected), 0.0, expected))
    assert np.isnan(likelihood.of_annuli(unknown)).all()


MASSES = st.floats(0.0117, 1.0e4)  # of dark matter [MeV], over and beyond what models allow
SMALL = st.floats(0.0, 1e-10) | st.floats(0.0, 1e10)


@FEW
@given(several(MASSES, 4), SMALL)
def test_direct_detection_falls_with_the_cross_section_and_no_signal_is_zero(masses, size):
    def found(sigma):
        prediction = SimpleNamespace(
            relic_fraction=np.ones(masses.size),
            sigma_e_cm2=np.full(masses.size, sigma),
            spectrum=SimpleNamespace(m_dm=masses),
        )
        return direct_detection.Likelihood().log_likelihood(prediction)

    assert_array_equal(found(0.0), 0.0)
    once, twice = found(size * 1e-38), found(2.0 * size * 1e-38)
    assert np.isfinite(once).all()
    assert (once <= 0.0).all()
    assert_allclose(twice, 4.0 * once, rtol=1e-12)


@FEW
@given(several(MASSES, 4), SMALL)
def test_the_propagated_line_excludes_from_its_limit_on_and_falls_with_the_rate(masses, size):
    def found(rate):
        prediction = SimpleNamespace(
            relic_fraction=np.ones(masses.size),
            dark_matter=SimpleNamespace(kappa=1.0),
            sigma_v_bulge=rate * propagated_line.limit(masses),
            spectrum=SimpleNamespace(m_dm=masses),
        )
        return propagated_line.Likelihood().log_likelihood(prediction)

    assert_array_equal(found(0.0), 0.0)
    assert_allclose(found(1.0), 0.0, atol=1e-20)
    once, more = found(size), found(3.0 * size)
    assert not np.isnan(once).any()
    assert (more <= once).all()
    assert (once <= 0.0).all()


@FEW
@given(
    several(st.floats(1e-6, 1e6), 5),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.sampled_from([2008, "modern_upper", "modern_detection"]),
)
def test_any_injection_energy_gives_a_number(energy, f_ps, x_ion, era):
    likelihood = injection_energy.Likelihood(era=era)
    values = {"f_ps": np.full(energy.size, f_ps), "x_ion": np.full(energy.size, x_ion)}
    found = likelihood.of_energy(energy, values)
    assert found.shape == energy.shape
    assert np.isfinite(found).all()
    if era != "modern_detection":
        assert (found <= 0.0).all()
    alone = [
        likelihood.of_energy(energy[k : k + 1], {name: value[k : k + 1] for name, value in values.items()})[0]
        for k in range(energy.size)
    ]
    assert_array_equal(found, alone)


@FEW
@given(several(st.floats(1e-3, 1e6), 4), st.floats(0.0, 10.0), st.sampled_from([2008, "modern"]))
def test_a_dark_photon_leaves_neutrinos_alone(m_u, epsilon, era):
    """Kinetic mixing gives U no coupling to neutrinos: the rates are those of the Standard Model at any mixing."""

    def found(mixing):
        couplings = dark_photon(np.full(m_u.size, 0.1), np.full(m_u.size, mixing))
        return neutrino_electron_scattering.Likelihood(era=era).log_likelihood(
            SimpleNamespace(spectrum=SimpleNamespace(m_u=m_u), couplings=couplings)
        )

    assert np.isfinite(found(epsilon)).all()
    assert_array_equal(found(epsilon), found(0.0))
