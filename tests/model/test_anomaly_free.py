import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference import couplings_oracle as oracle

from model.anomaly_free import Model
from model.physics.domain import VALID
from model.physics.quantities import DarkMatter
from tests.reference.nuisances import NUISANCES
from workflow.inference.run import tables

G_PRIME2 = 4 * np.pi / 127.95 / (1 - 0.2312)
# (g, chi, lambda, m_soft [TeV]) with lambda < sqrt2 g, in every corner of what the prior allows
POINTS = [
    (0.5, 1e-5, 0.2, 3.0),
    (0.5, 1e-5, 0.35, 3.0),
    (3.5, 1e-6, 3.4, 10.0),
    (0.01, 1e-2, 1e-3, 0.1),
    (1.0, 1e-4, 1e-4, 100.0),
    (0.1, 1e-4, 0.14, 1.0),
]
READINGS = [(reading, normalisation) for reading in ("paper", "corrected") for normalisation in ("paper", "half")]

gauge = st.floats(min_value=1e-3, max_value=3.5)
yukawa = st.floats(min_value=1e-4, max_value=3.5)
mixing = st.floats(min_value=1e-8, max_value=1e-1)
soft = st.floats(min_value=0.1, max_value=100.0)


@pytest.fixture
def predict(surroundings):
    def at(g, chi, coupling, m_soft, q=1.0, **options):
        point = {**NUISANCES, "g": g, "chi": chi, "lambda": coupling, "m_soft_tev": m_soft, "dm_charge": q}
        return Model(**options).predict({k: np.array([float(v)]) for k, v in point.items()}, surroundings)

    return at


def soft_coefficient(point, normalisation):
    """What multiplies |X|^2 in Eq. (5): m_rad^2, or half of it as printed [MeV^2], and |m_rad|."""
    g, chi, _, m_soft = point
    m_rad2 = oracle.radiative_mass_squared(g, 10 * G_PRIME2 * chi**2, m_soft, 1e9)
    return m_rad2 * (1.0 if normalisation == "paper" else 0.5), np.sqrt(-m_rad2)


def vev(point, normalisation):
    """<X> from the numerical minimum of the potential; canonical fields are sqrt2 <X>."""
    coefficient, _ = soft_coefficient(point, normalisation)
    return oracle.minimum(point[0], point[2], coefficient)[0] / np.sqrt(2.0)


@pytest.mark.parametrize("point", POINTS)
def test_radiative_mass_is_eq_2(point, predict):
    assert_allclose(predict(*point).spectrum.m_rad, soft_coefficient(point, "paper")[1], rtol=1e-9)


@pytest.mark.parametrize("reading, normalisation", READINGS)
@pytest.mark.parametrize("point", POINTS)
def test_fermions_are_the_eigenvalues_of_eq_6(point, reading, normalisation, predict):
    spectrum = predict(*point, reading=reading, soft_normalisation=normalisation).spectrum
    light = oracle.fermion_masses(point[0], point[2], vev(point, normalisation))
    # the lightest of the two pairs is the dark matter, the other is degenerate with U
    assert_allclose(spectrum.m_dm, light[:2].mean(), rtol=1e-6)
    assert_allclose(spectrum.m_u, light[2:].mean(), rtol=1e-6)


@pytest.mark.parametrize("normalisation, ratio", [("paper", 1.0), ("half", np.sqrt(0.5))])
@pytest.mark.parametrize("point", POINTS)
def test_masses_follow_from_the_closed_vev(point, normalisation, ratio, predict):
    # docs/physics/model.md 3.2: w^2 = |m_rad^2| / lambda^2, half of it as printed; mU = 2 g w, m_dm = sqrt2 lambda w
    _, m_rad = soft_coefficient(point, normalisation)
    w = ratio * m_rad / point[2]
    spectrum = predict(*point, soft_normalisation=normalisation).spectrum
    assert_allclose(spectrum.m_u, 2 * point[0] * w, rtol=1e-9)
    assert_allclose(spectrum.m_dm, np.sqrt(2) * point[2] * w, rtol=1e-9)


@pytest.mark.parametrize("normalisation", ["paper", "half"])
@pytest.mark.parametrize("point", POINTS)
def test_scalars_of_the_potential_are_0_0_2l2w2_three_times_and_the_d_direction(point, normalisation):
    coefficient, _ = soft_coefficient(point, normalisation)
    g, _, coupling, _ = point
    w2 = -coefficient / coupling**2
    expected = np.sort([0, 0, *[2 * coupling**2 * w2] * 3, (4 * g**2 - 2 * coupling**2) * w2])
    assert_allclose(
        oracle.scalar_masses_squared(g, coupling, coefficient), expected, rtol=1e-9, atol=1e-9 * expected[-1]
    )


@pytest.mark.parametrize("normalisation", ["paper", "half"])
@pytest.mark.parametrize("point", POINTS)
def test_corrected_scalar_is_an_eigenvalue_of_the_potential(point, normalisation, predict):
    coefficient, _ = soft_coefficient(point, normalisation)
    spectrum = predict(*point, reading="corrected", soft_normalisation=normalisation).spectrum
    masses2 = oracle.scalar_masses_squared(point[0], point[2], coefficient)
    nearest = masses2[np.argmin(np.abs(masses2 - spectrum.m_scalar[0] ** 2))]
    assert_allclose(spectrum.m_scalar**2, nearest, rtol=1e-9)
    # and it is the D direction, not one of the three that are degenerate with the dark matter
    assert_allclose(spectrum.m_scalar**2, spectrum.m_u**2 - spectrum.m_dm**2, rtol=1e-9)


@pytest.mark.parametrize("point", POINTS)
def test_dark_matter_is_degenerate_with_three_scalars(point, predict):
    coefficient, _ = soft_coefficient(point, "paper")
    masses2 = oracle.scalar_masses_squared(point[0], point[2], coefficient)
    matches = np.isclose(masses2, predict(*point).spectrum.m_dm[0] ** 2, rtol=1e-9)
    assert matches.sum() == 3


def test_paper_scalar_is_degenerate_with_u(predict):
    spectrum = predict(*POINTS[0]).spectrum
    assert_allclose(spectrum.m_scalar, spectrum.m_u, rtol=1e-14)


@settings(max_examples=20)
@given(gauge, yukawa)
def test_the_potential_has_a_minimum_with_two_vevs_only_for_lambda_below_sqrt2_g(g, coupling):
    assume(abs(coupling / (np.sqrt(2) * g) - 1) > 1e-6)
    # beyond it the D direction is tachyonic
    has_minimum = oracle.scalar_masses_squared(g, coupling, -1.0)[0] > -1e-9
    assert has_minimum == (coupling < np.sqrt(2) * g)


@given(gauge, yukawa, mixing, soft)
def test_valid_points_have_dark_matter_lighter_than_u_by_lambda_over_sqrt2_g(surroundings, g, coupling, chi, m_soft):
    point = {**NUISANCES, "g": g, "chi": chi, "lambda": coupling, "m_soft_tev": m_soft}
    prediction = Model().predict({k: np.array([v]) for k, v in point.items()}, surroundings)
    assume(prediction.reason[0] == VALID)
    ratio = prediction.spectrum.m_dm / prediction.spectrum.m_u
    assert ratio[0] < 1.0
    assert_allclose(ratio, coupling / (np.sqrt(2) * g), rtol=1e-12)


def test_paper_reading_has_no_charge_parameter():
    assert [p.name for p in Model().parameters] == ["g", "chi", "lambda", "m_soft_tev"]
    assert [p.name for p in Model(reading="corrected").parameters][-1] == "dm_charge"


def test_dark_coupling_is_g_in_the_papers_reading_and_q_g_in_the_corrected_one(predict):
    assert predict(*POINTS[0], q=0.25).couplings.g_dm[0] == 0.5
    assert predict(*POINTS[0], q=0.25, reading="corrected").couplings.g_dm[0] == 0.125


@pytest.mark.parametrize("charges, chiral", [("kinetic_mixing", False), ("hypercharge", True), ("universal", False)])
def test_charges_reach_the_electron(charges, chiral, predict):
    couplings = predict(*POINTS[0], charges=charges).couplings
    assert (couplings.g_e_l[0] != couplings.g_e_r[0]) == chiral


def test_universal_charges_make_the_radiative_mass_with_45_states(predict):
    g, chi, coupling, m_soft = POINTS[0]
    expected = oracle.radiative_mass_squared(g, 45 * (g * chi) ** 2, m_soft, 1e9)
    assert_allclose(predict(g, chi, coupling, m_soft, charges="universal").spectrum.m_rad ** 2, -expected, rtol=1e-9)


def test_higgs_doublets_add_a_tenth_to_the_radiative_mass_squared(predict):
    with_higgs = predict(*POINTS[0], higgs_doublets=True).spectrum.m_rad
    assert_allclose((with_higgs / predict(*POINTS[0]).spectrum.m_rad) ** 2, 1.1, rtol=1e-12)


def test_two_loops_multiply_every_mass_by_the_same_factor(predict):
    leading, two_loop = (predict(*POINTS[0], radiative_mass=order).spectrum for order in ("leading_log", "two_loop"))
    logarithm = 2 * np.log(1e9 / 3e3)
    factor = np.sqrt(1 + (np.pi**2 / 3 - 2) / logarithm)
    for name in ("m_dm", "m_u", "m_rad", "m_scalar"):
        assert_allclose(getattr(two_loop, name), factor * getattr(leading, name), rtol=1e-12)


@pytest.mark.parametrize("cut", [1e6, 1e16])
def test_the_cut_enters_the_logarithm(cut, predict):
    g, chi, coupling, m_soft = POINTS[0]
    expected = oracle.radiative_mass_squared(g, 10 * G_PRIME2 * chi**2, m_soft, cut)
    assert_allclose(predict(g, chi, coupling, m_soft, lambda_uv_gev=cut).spectrum.m_rad ** 2, -expected, rtol=1e-9)


@pytest.mark.parametrize(
    "word, kind",
    [("majorana", DarkMatter.MAJORANA), ("scalar", DarkMatter.SCALAR), ("dirac", DarkMatter.DIRAC)],
)
def test_dark_matter_option_names_the_spin(word, kind, predict):
    assert predict(*POINTS[0], dark_matter=word).dark_matter is kind


def test_points_without_a_vacuum_have_no_spectrum(predict):
    spectrum = predict(0.1, 1e-4, 1.0, 3.0).spectrum
    assert np.isnan([spectrum.m_dm[0], spectrum.m_u[0], spectrum.m_scalar[0]]).all()


def test_surroundings_come_from_this_session(tables_folder, surroundings):
    assert tables_folder != tables.DEFAULT_FOLDER
    assert surroundings.j_factors.aperture_deg == 15.0


def vevs_of_unequal_soft_masses(g, coupling, m1_squared, m2_squared):
    """v and vc that minimise the potential with soft terms -m1^2 |X|^2 - m2^2 |Xc|^2, by Newton's method."""
    x = np.sqrt([(m1_squared + m2_squared) / 2 / coupling**2] * 2)
    for _ in range(50):
        a, b = x**2
        gradient = (
            2
            * x
            * np.array([-m1_squared + coupling**2 * b + g**2 * (a - b), -m2_squared + coupling**2 * a - g**2 * (a - b)])
        )
        mixed = 4 * x[0] * x[1] * (coupling**2 - g**2)
        hessian = np.diag(gradient / x + 4 * g**2 * x**2) + np.array([[0, mixed], [mixed, 0]])
        x = x - np.linalg.solve(hessian, gradient)
    return x


@pytest.mark.parametrize("g, coupling, delta", [(0.5, 0.3, 0.2), (1.0, 1.2, 0.1), (0.1, 0.02, 0.9)])
def test_charge_of_the_light_state_and_masses_with_unequal_soft_masses(g, coupling, delta):
    # docs/physics/model.md 3.2: q = (v^2 - vc^2)/V^2, and our docstring's lambda^2 delta / (2 g^2 - lambda^2)
    v, vc = vevs_of_unequal_soft_masses(g, coupling, 1 + delta, 1 - delta)
    # Weyl fermions psi_X, psi_Xc, singlino, gaugino, charges 1, -1, 0, 0
    matrix = np.zeros((4, 4))
    matrix[0, 2], matrix[1, 2] = coupling * vc, coupling * v
    matrix[0, 3], matrix[1, 3] = np.sqrt(2) * g * v, -np.sqrt(2) * g * vc
    values, vectors = np.linalg.eigh(matrix + matrix.T)
    size = np.sqrt(v**2 + vc**2)
    assert_allclose(np.sort(np.abs(values)), np.sort([coupling * size] * 2 + [np.sqrt(2) * g * size] * 2), rtol=1e-9)
    light = vectors[:, np.abs(values) < np.sqrt(coupling * np.sqrt(2) * g) * size]
    # both halves of the light pair have half of the charge of the state that carries it
    charges = np.diag(light.T @ np.diag([1.0, -1.0, 0.0, 0.0]) @ light)
    q = (v**2 - vc**2) / size**2
    assert_allclose(np.abs(charges), np.abs(q) / 2, rtol=1e-9)
    assert_allclose(q, coupling**2 * delta / (2 * g**2 - coupling**2), rtol=1e-9)
    # the mean of the soft masses alone sets V^2
    assert_allclose(size**2, 2 / coupling**2, rtol=1e-9)


@pytest.mark.parametrize(
    "word, reading, kind",
    [("dirac", "paper", "DIRAC"), ("dirac", "corrected", "DIRAC_CHIRAL"), ("majorana", "corrected", "MAJORANA")],
)
def test_dirac_pair_of_the_corrected_reading_is_chiral(word, reading, kind, predict):
    assert predict(*POINTS[0], dark_matter=word, reading=reading).dark_matter is DarkMatter[kind]
