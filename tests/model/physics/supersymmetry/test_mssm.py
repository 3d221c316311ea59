import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.runs import ROOT

from model import anomaly_free, minimal, vector_portal
from model.physics.supersymmetry import lsp_decay
from model.physics.supersymmetry.lsp_decay import LspSettings
from model.physics.supersymmetry.mssm import Mssm, of_spectrum
from model.physics.supersymmetry.spectrum_file import read
from tests.reference.nuisances import NUISANCES
from workflow.inference.posterior.evaluation import derived

G_PRIME2 = 4 * np.pi / 127.95 / (1 - 0.2312)
NAMES = (
    "landau_pole_gev",
    "m_d_term_mev",
    "m_bino_loop_mev",
    "m_gauge_mediated_mev",
    "d_term_over_radiative",
    "lsp_width_gev",
    "lsp_ctau_m",
    "lsp_lifetime_s",
    "lsp_class",
    "u_flight_m",
    "lsp_visible_fraction",
    "landau_pole_below_lambda_uv",
    "landau_pole_below_m_soft",
)


@pytest.fixture
def columns(surroundings):
    def at(model, names=NAMES, g=(0.3,), chi=(4e-5,), coupling=(0.2,), m_soft=(1.0,)):
        values = {"g": g, "chi": chi, "lambda": coupling, "m_soft_tev": m_soft} | NUISANCES
        values = {name: np.broadcast_to(np.asarray(value, dtype=float), (len(g),)) for name, value in values.items()}
        return derived(model.predict(values, surroundings), names)

    return at


def test_soft_masses_of_the_anomaly_free_model(columns):
    found = columns(anomaly_free.Model(tan_beta=10.0, m1_tev=2.0, m_er_tev=3.0))
    assert_allclose(found["m_d_term_mev"] ** 2, 6.372e4, rtol=2e-4)
    squared = (0.3 * 4e-5 * 2e6) ** 2 * np.log((1e6 / 2.0) ** 2) / (4 * np.pi**2)
    assert_allclose(found["m_bino_loop_mev"] ** 2, squared, rtol=1e-12)
    assert_allclose(found["m_gauge_mediated_mev"], 0.3 * 4e-5 / np.sqrt(G_PRIME2) * 3e6, rtol=1e-12)


def test_masses_that_are_not_given_are_the_soft_mass(columns):
    m_soft = (0.5, 7.0)
    default = columns(anomaly_free.Model(), g=(0.3, 0.3), m_soft=m_soft)
    for row, mass in enumerate(m_soft):
        given = columns(anomaly_free.Model(m1_tev=mass, m_er_tev=mass), m_soft=(mass,))
        for name in ("m_bino_loop_mev", "m_gauge_mediated_mev"):
            assert_allclose(default[name][row], given[name][0], rtol=1e-12)


def test_ratios_to_the_radiative_mass(columns):
    # by hand from Eq. (2): 10 g'^2 chi^2 g^2 m^2 ln/(64 pi^4) beneath each term
    found = columns(anomaly_free.Model())
    radiative = 0.3**2 * 10 * G_PRIME2 * (4e-5) ** 2 * 1e12 * np.log(1e12) / (64 * np.pi**4)
    assert_allclose(found["d_term_over_radiative"], found["m_d_term_mev"] ** 2 / radiative, rtol=1e-12)
    assert_allclose(found["m_bino_loop_mev"] ** 2 / radiative, 124.0, rtol=0.01)
    # gauge mediation: (1/g'^2) 64 pi^4 / (10 g'^2 ln)
    expected = 64 * np.pi**4 / (10 * G_PRIME2**2 * np.log(1e12))
    assert_allclose(found["m_gauge_mediated_mev"] ** 2 / radiative, expected, rtol=1e-12)
    assert 1.3e3 < expected < 1.9e3


@pytest.mark.parametrize("model, sum_charge2", [(anomaly_free.Model(), 2.0), (minimal.Model(), 1.0)])
def test_landau_pole_of_each_model(model, sum_charge2, columns):
    g = np.array([0.6, 1.2, 2.0, 3.5])
    found = columns(model, (*NAMES, "m_u_mev"), g=g, chi=np.full(4, 1e-5), coupling=0.2 * g, m_soft=np.full(4, 3.0))
    pole = found["m_u_mev"] / 1e3 * np.exp(8 * np.pi**2 / (sum_charge2 * g**2))
    assert_allclose(found["landau_pole_gev"], pole, rtol=1e-12)
    assert_array_equal(found["landau_pole_below_lambda_uv"], pole < 1e9)
    assert_array_equal(found["landau_pole_below_m_soft"], pole < 3e3)


def test_a_pole_beyond_all_numbers_is_the_largest_of_them(columns):
    found = columns(anomaly_free.Model(), g=(0.01,), coupling=(1e-3,), chi=(1e-3,))
    assert found["landau_pole_gev"] == np.finfo(float).max
    assert found["landau_pole_below_lambda_uv"] == 0.0


@pytest.mark.parametrize("model, multiplets", [(anomaly_free.Model(), 2), (minimal.Model(), 1)])
def test_neutralino_decays_to_the_charged_multiplets_of_the_model(model, multiplets, columns):
    found = columns(model, m_soft=(10.0,))
    width = multiplets * (0.3 * 4e-5) ** 2 * 100.0 / (8 * np.pi)
    assert_allclose(found["lsp_width_gev"], width, rtol=1e-12)
    assert_allclose(found["lsp_ctau_m"], 1.973269804e-16 / width, rtol=1e-9)
    assert_allclose(found["lsp_lifetime_s"], 6.582119569e-25 / width, rtol=1e-9)
    assert found["lsp_class"] == lsp_decay.CLASSES.index("prompt")


def test_slepton_decays_through_the_bino_or_by_its_own_charge(columns):
    slepton = LspSettings(kind="slepton", m_lsp_gev=200.0)
    assert_allclose(columns(anomaly_free.Model(lsp=slepton))["lsp_width_gev"], 1.893e-13, rtol=1e-3)
    universal = columns(anomaly_free.Model(lsp=slepton, charges="universal"), ["lsp_width_gev"])
    assert_allclose(universal["lsp_width_gev"], (0.3 * 4e-5) ** 2 * 200.0 / (8 * np.pi), rtol=1e-12)


def test_more_of_the_energy_is_seen_in_a_larger_tracker(columns):
    small, large = (columns(anomaly_free.Model(lsp=LspSettings(tracker_radius_m=r))) for r in (1.0, 7.0))
    gain = np.expm1(-7.0 / small["u_flight_m"]) / np.expm1(-1.0 / small["u_flight_m"])
    assert_allclose(large["lsp_visible_fraction"] / small["lsp_visible_fraction"], gain, rtol=1e-12)


def test_points_without_a_vacuum_have_none_of_it(columns):
    found = columns(anomaly_free.Model(), g=(0.3, 0.3), coupling=(0.2, 1.0))
    for name, column in found.items():
        assert_array_equal(np.isfinite(column), [True, False], err_msg=name)


def test_a_model_without_radiative_breaking_has_no_such_sector(surroundings):
    values = {"m_dm_mev": 3.0, "m_u_mev": 9.0, "g_dm": 0.3, "epsilon": 1e-5} | NUISANCES
    prediction = vector_portal.Model().predict({k: np.array([float(v)]) for k, v in values.items()}, surroundings)
    with pytest.raises(ValueError, match="has no column"):
        derived(prediction, NAMES)
    with pytest.raises(ValueError, match="no supersymmetric sector"):
        _ = prediction.landau_pole_gev


@pytest.mark.parametrize(
    "options, message",
    [
        ({"tan_beta": 0.0}, "tan_beta is 0; allowed: > 0"),
        ({"m1_tev": -1.0}, "m1_tev is -1; allowed: > 0 and below lambda_uv_gev"),
        ({"m1_tev": 2e6}, r"m1_tev is 2e\+06; allowed: > 0 and below lambda_uv_gev"),
        ({"m_er_tev": 0.0}, "m_er_tev is 0; allowed"),
        ({"lsp": LspSettings(m1_gev=500.0)}, r"lsp\.m1_gev is 500; not read for a neutralino, leave it out"),
    ],
)
def test_settings_refuse_what_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        Mssm("kinetic_mixing", 2, 1e9, **options)


def test_masses_of_a_spectrum_take_the_place_of_the_options():
    # the file has M1 = 150 GeV, a right-handed selectron of 250 GeV and tan beta = 10
    found = of_spectrum(Mssm("kinetic_mixing", 2, 1e9), read(str(ROOT / "tests" / "data" / "bino_lsp.slha")))
    assert_allclose([found.m1_tev, found.m_er_tev, found.tan_beta], [0.15, 0.25, 10.0], rtol=1e-12)
    assert_allclose([found.lsp.m_lsp_gev, found.lsp.n11, found.lsp.m1_gev], [147.0, 0.99, 150.0], rtol=1e-12)
    # the root mean square over 6 + 3 + 18 + 9 + 9 states of sfermions
    left, right = 2 * (400.0**2 * 2 + 390.0**2), 250.0**2 * 2 + 240.0**2
    squarks = 6 * (1100.0**2 * 2 + 1e6) + 3 * (1050.0**2 * 2 + 800.0**2) + 3 * (1040.0**2 * 2 + 1030.0**2)
    assert_allclose(found.sfermion_tev, 1e-3 * np.sqrt((left + right + squarks) / 45), rtol=1e-12)
