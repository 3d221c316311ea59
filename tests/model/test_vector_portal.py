import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from model.physics.quantities import DarkMatter
from model.vector_portal import Model
from tests.reference.nuisances import NUISANCES

MASSES = {"m_dm_mev": 3.0, "m_u_mev": 10.0, "g_dm": 0.7}
E = np.sqrt(4 * np.pi / 137.035999177)


@pytest.fixture
def predict(surroundings):
    def at(model, **point):
        values = {**NUISANCES, **MASSES, **point}
        return model.predict({k: np.array([float(v)]) for k, v in values.items()}, surroundings)

    return at


def test_masses_are_what_they_are_given(predict):
    spectrum = predict(Model(), epsilon=1e-4).spectrum
    assert [spectrum.m_dm[0], spectrum.m_u[0]] == [3.0, 10.0]


def test_masses_of_other_models_do_not_exist(predict):
    spectrum = predict(Model(), epsilon=1e-4).spectrum
    assert np.isnan([spectrum.m_rad[0], spectrum.m_scalar[0]]).all()


def test_epsilon_couples_to_electric_charge(predict):
    couplings = predict(Model(), epsilon=1e-4).couplings
    assert_allclose([couplings.g_e_l, couplings.g_e_r, couplings.g_u_l], np.array([[-1], [-1], [2 / 3]]) * 1e-4 * E)
    assert [couplings.epsilon[0], couplings.g_dm[0]] == [1e-4, 0.7]


def test_chiral_couplings_pass_through_and_spare_neutrinos_and_hadrons(predict):
    couplings = predict(Model(visible="chiral"), g_l=-2e-5, g_r=1e-5).couplings
    assert [couplings.g_e_l[0], couplings.g_e_r[0], couplings.g_u_l[0]] == [-2e-5, 1e-5, 0.0]
    assert [getattr(couplings, name)[0] for name in ("g_nu", "g_u_l", "g_u_r", "g_d_l", "g_d_r")] == [0.0] * 5


def test_epsilon_of_chiral_couplings_is_that_of_their_vector_part(predict):
    assert_allclose(predict(Model(visible="chiral"), g_l=-2e-5, g_r=1e-5).couplings.epsilon, 0.5e-5 / E)


def test_chiral_with_equal_couplings_is_epsilon_for_electrons(predict):
    portal = predict(Model(), epsilon=1e-4)
    chiral = predict(Model(visible="chiral"), g_l=-1e-4 * E, g_r=-1e-4 * E)
    assert_allclose(chiral.delta_a_e, portal.delta_a_e, rtol=1e-13)
    assert_allclose(chiral.cross_section.p_wave, portal.cross_section.p_wave, rtol=1e-13)


def test_one_chiral_coupling_may_vanish(predict):
    assert predict(Model(visible="chiral"), g_l=0.0, g_r=1e-5).valid[0]


@pytest.mark.parametrize(
    "columns, visible",
    [
        (set(), "epsilon"),
        ({"epsilon"}, "epsilon"),
        ({"m_dm_mev", "g_dm"}, "epsilon"),
        ({"g_l"}, "chiral"),
        ({"g_r", "m_u_mev"}, "chiral"),
        ({"g_l", "g_r"}, "chiral"),
    ],
)
def test_columns_choose_the_visible_couplings(columns, visible):
    assert Model().for_columns(columns).visible == visible


def test_columns_keep_the_other_options():
    assert Model(dark_matter="dirac").for_columns({"g_l"}) == Model(dark_matter="dirac", visible="chiral")


def test_parameters_follow_the_visible_couplings():
    assert [p.name for p in Model().parameters] == ["m_dm_mev", "m_u_mev", "g_dm", "epsilon"]
    assert [p.name for p in Model(visible="chiral").parameters] == ["m_dm_mev", "m_u_mev", "g_dm", "g_l", "g_r"]


@pytest.mark.parametrize("word", ["majorana", "scalar", "dirac"])
def test_dark_matter_option_names_the_spin(word, predict):
    assert predict(Model(dark_matter=word), epsilon=1e-4).dark_matter is DarkMatter[word.upper()]


def test_selected_points_keep_their_values(surroundings):
    values = {k: np.full(3, v) for k, v in {**NUISANCES, **MASSES}.items()} | {"epsilon": np.array([1e-5, 0.0, 1e-3])}
    prediction = Model().predict(values, surroundings)
    selected = prediction.select(prediction.valid)
    assert_array_equal(selected.values["epsilon"], [1e-5, 1e-3])
    assert_array_equal(selected.couplings.epsilon, [1e-5, 1e-3])
    assert selected.valid.all()
