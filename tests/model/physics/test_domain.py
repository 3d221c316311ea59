from dataclasses import replace

import numpy as np
import pytest

from model import anomaly_free, minimal, vector_portal
from model.physics import domain
from model.physics.domain import REASONS, VALID, all_positive, checked, first_of, inside, possible, reasons
from model.physics.galaxy.halo import Galaxy
from model.physics.hidden_sector.charges import dark_photon
from model.physics.nuisances import nuisances
from model.physics.positrons.in_flight_annihilation import X_ION
from model.physics.quantities import POSITIVE, Parameter, Range, Spectrum
from model.physics.surroundings import untabulated
from tests.reference.nuisances import NUISANCES

# m_dm = 1.61 MeV, m_U = 4.83 MeV
ANOMALY_FREE = {"g": 0.5, "chi": 1e-5, "lambda": 0.2357, "m_soft_tev": 3.16}
MINIMAL = {"g": 0.5, "chi": 1e-5, "m_soft_tev": 3.16}
PORTAL = {"m_dm_mev": 3.0, "m_u_mev": 10.0, "g_dm": 1.0, "epsilon": 1e-5}
CHIRAL = {"m_dm_mev": 3.0, "m_u_mev": 10.0, "g_dm": 1.0, "g_l": -1e-5, "g_r": 1e-6}

MODELS = {
    "anomaly_free": (anomaly_free.Model(), ANOMALY_FREE),
    "minimal": (minimal.Model(), MINIMAL),
    "portal": (vector_portal.Model(), PORTAL),
    "chiral": (vector_portal.Model(visible="chiral"), CHIRAL),
}


def reason_of(surroundings, name, **changes):
    model, point = MODELS[name]
    values = {key: np.array([float(value)]) for key, value in {**NUISANCES, **point, **changes}.items()}
    return int(model.predict(values, surroundings).reason[0])


@pytest.mark.parametrize("name", MODELS)
def test_a_good_point_has_no_reason(name, surroundings):
    assert reason_of(surroundings, name) == domain.VALID
    assert REASONS[domain.VALID] == ""


@pytest.mark.parametrize(
    "name, changes, reason",
    [
        ("anomaly_free", {"g": 0.0}, domain.NOT_POSITIVE),
        ("anomaly_free", {"g": -0.5}, domain.NOT_POSITIVE),
        ("anomaly_free", {"chi": 0.0}, domain.NOT_POSITIVE),
        ("anomaly_free", {"chi": 1.0}, domain.NOT_POSITIVE),
        ("anomaly_free", {"chi": 1.5}, domain.NOT_POSITIVE),
        ("anomaly_free", {"lambda": 0.0}, domain.NOT_POSITIVE),
        ("anomaly_free", {"m_soft_tev": -1.0}, domain.NOT_POSITIVE),
        ("anomaly_free", {"g": 13.0}, domain.NOT_POSITIVE),  # 4 pi = 12.57
        ("anomaly_free", {"g": 1e300}, domain.NOT_POSITIVE),
        ("anomaly_free", {"lambda": 1e-300}, domain.NOT_POSITIVE),
        ("anomaly_free", {"lambda": 1e-15}, domain.TOO_HEAVY),  # m_U = sqrt2 g m_dm / lambda
        ("portal", {"m_u_mev": 1e100}, domain.NOT_POSITIVE),
        ("portal", {"epsilon": 0.88}, domain.TOO_STRONG),  # cos(theta_W) = 0.877
        ("anomaly_free", {"m_soft_tev": 1e6}, domain.NO_BREAKING),
        ("anomaly_free", {"lambda": 0.7072}, domain.NO_VACUUM),  # sqrt2 g = 0.7071
        ("anomaly_free", {"lambda": 3.0}, domain.NO_VACUUM),
        ("anomaly_free", {"chi": 1e-6}, domain.DM_BELOW_ELECTRON),
        ("minimal", {"chi": 0.0}, domain.NOT_POSITIVE),
        ("minimal", {"m_soft_tev": 2e6}, domain.NO_BREAKING),
        ("minimal", {"chi": 8e-6}, domain.U_BELOW_PAIR),  # m_U = m_dm = 0.91 MeV
        ("minimal", {"chi": 1e-6}, domain.DM_BELOW_ELECTRON),
        ("portal", {"epsilon": 0.0}, domain.NOT_POSITIVE),
        ("portal", {"m_dm_mev": 0.0}, domain.NOT_POSITIVE),
        ("portal", {"m_dm_mev": 0.510}, domain.DM_BELOW_ELECTRON),
        ("portal", {"m_u_mev": 1.021}, domain.U_BELOW_PAIR),
        ("chiral", {"g_l": 0.0, "g_r": 0.0}, domain.NOT_POSITIVE),
    ],
)
def test_each_reason_appears_where_it_should(name, changes, reason, surroundings):
    assert reason_of(surroundings, name, **changes) == reason


def test_light_dm_below_a_heavy_enough_u_names_the_dm(surroundings):
    assert reason_of(surroundings, "portal", m_dm_mev=0.3, m_u_mev=0.6) == domain.DM_BELOW_ELECTRON


@pytest.mark.parametrize(
    "changes",
    [
        {"gamma": 1.7},
        {"gamma": -0.1},
        {"r_s_kpc": 4.9},
        {"r_s_kpc": 51.0},
        {"r_sun_kpc": 7.4},
        {"r_sun_kpc": 9.1},
    ],
)
def test_a_halo_beyond_the_table_has_its_reason(changes, surroundings):
    assert reason_of(surroundings, "anomaly_free", **changes) == domain.HALO_OUTSIDE_TABLE


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        ("f_ps", -0.01, "f_ps is not within [0, 1]"),
        ("f_ps", 1.01, "f_ps is not within [0, 1]"),
        ("baryon_scale", -0.1, "baryon_scale is not within [0, 100]"),
        ("rho_sun_gev_cm3", 0.0, "rho_sun_gev_cm3 is not within [1e-06, 10000]"),
        ("rho_sun_gev_cm3", -0.3, "rho_sun_gev_cm3 is not within [1e-06, 10000]"),
        ("x_ion", 1.1, "x_ion is not within [0, 1]"),
    ],
)
def test_a_nuisance_out_of_its_range_is_named_with_it(name, value, sentence, surroundings):
    around = replace(surroundings, nuisances=(*surroundings.nuisances, X_ION))
    code = reason_of(around, "anomaly_free", **{name: value})
    assert reasons(around.nuisances)[code] == sentence


def test_a_nuisance_that_a_run_does_not_have_is_not_checked(surroundings):
    around = replace(surroundings, nuisances=(*surroundings.nuisances, X_ION))
    assert reason_of(around, "anomaly_free") == domain.VALID


@pytest.mark.parametrize("f_ps", [0.0, 1.0])
def test_both_ends_of_the_positronium_fraction_are_valid(f_ps, surroundings):
    assert reason_of(surroundings, "anomaly_free", f_ps=f_ps) == domain.VALID


def test_the_edge_of_the_two_vev_vacuum_is_outside(surroundings):
    # docs/physics/model.md 5: lambda < sqrt2 g, strictly
    assert reason_of(surroundings, "anomaly_free", **{"lambda": np.sqrt(2.0) * 0.5}) == domain.NO_VACUUM
    assert reason_of(surroundings, "anomaly_free", **{"lambda": np.sqrt(2.0) * 0.5 * (1 - 1e-12)}) == domain.VALID


def test_the_first_reason_stays(surroundings):
    broken = {"chi": 1e-8, "gamma": 9.0, "f_ps": 2.0}
    assert reason_of(surroundings, "anomaly_free", **broken) == domain.DM_BELOW_ELECTRON
    assert reason_of(surroundings, "anomaly_free", **broken, **{"lambda": 3.0}) == domain.NO_VACUUM
    assert reason_of(surroundings, "anomaly_free", g=-1.0, **broken) == domain.NOT_POSITIVE


def test_nan_is_not_positive():
    assert list(all_positive(np.array([1.0, np.nan, 0.0]))) == [domain.VALID, domain.NOT_POSITIVE, domain.NOT_POSITIVE]


def test_every_code_has_its_own_sentence():
    codes = [value for name, value in vars(domain).items() if name.isupper() and isinstance(value, int)]
    assert sorted(codes) == list(range(len(REASONS)))
    assert len(set(REASONS)) == len(REASONS)


def test_inner_slope_does_not_matter_without_one():
    around = untabulated(Galaxy("einasto"), nuisances("einasto"))
    one = np.ones(1)
    spectrum = Spectrum(3.0 * one, 10.0 * one, one, one)
    values = {key: value * one for key, value in {**NUISANCES, "gamma": 2.5}.items()}
    couplings = dark_photon(one, 1e-3 * one)
    assert checked(np.zeros(1, dtype=np.int8), spectrum, couplings, values, around)[0] == domain.VALID
    values["einasto_alpha"] = 0.51 * one
    assert checked(np.zeros(1, dtype=np.int8), spectrum, couplings, values, around)[0] == domain.HALO_OUTSIDE_TABLE


def test_reasons_of_no_points_are_empty(surroundings):
    model, point = MODELS["anomaly_free"]
    prediction = model.predict({key: np.empty(0) for key in {**NUISANCES, **point}}, surroundings)
    assert prediction.reason.shape == (0,)


def test_impossible_values_are_nan_and_marked_and_the_others_stay():
    parameters = (Parameter("x", "1", "x", Range(0.0, 1.0)), Parameter("y", "1", "y", POSITIVE))
    values = {
        "x": np.array([0.5, 1.5, np.nan, 1e300]),
        "y": np.array([1.0, 1.0, -1.0, np.inf]),
        "other": np.array([-1.0, np.inf, 0.0, 1.0]),
    }
    tame, reason = possible(parameters, values)
    np.testing.assert_array_equal(tame["x"], [0.5, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(tame["y"], [1.0, 1.0, np.nan, np.nan])
    assert tame["other"] is values["other"]
    assert reason.tolist() == [domain.VALID, *3 * [domain.NOT_POSITIVE]]


def test_the_first_reason_of_a_point_stays():
    reason, later = (np.array(codes, dtype=np.int8) for codes in ([VALID, 3, VALID, 2], [4, 4, VALID, VALID]))
    found = first_of(reason, later)
    assert found.tolist() == [4, 3, VALID, 2]
    assert found.dtype == np.int8


def test_a_point_with_any_parameter_out_of_range_has_the_code():
    low, high = (Parameter(name, "1", name, Range(0.0, end)) for name, end in (("a", 1.0), ("b", 2.0)))
    values = {"a": np.array([0.5, 1.5, 0.5, np.nan]), "b": np.array([2.0, 1.0, 2.1, 1.0])}
    assert inside((low, high), values, 7).tolist() == [VALID, 7, 7, 7]
