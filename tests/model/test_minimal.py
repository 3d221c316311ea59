import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import couplings_oracle as oracle

from model.minimal import Model
from model.physics.quantities import DarkMatter
from tests.reference.nuisances import NUISANCES

G_PRIME2 = 4 * np.pi / 127.95 / (1 - 0.2312)
POINTS = [(0.5, 1e-5, 3.0), (3.5, 1e-6, 10.0), (0.01, 1e-2, 0.1), (1.0, 1e-4, 100.0)]  # (g, chi, m_soft [TeV])


@pytest.fixture
def predict(surroundings):
    def at(point, gaugino=1.0, **options):
        values = {**NUISANCES, **dict(zip(("g", "chi", "m_soft_tev"), point, strict=True)), "gaugino_mass_mev": gaugino}
        return Model(**options).predict({k: np.array([float(v)]) for k, v in values.items()}, surroundings)

    return at


def m_rad(point):
    g, chi, m_soft = point
    return np.sqrt(-oracle.radiative_mass_squared(g, 10 * G_PRIME2 * chi**2, m_soft, 1e9))


def canonical_masses(g, soft):
    """(scalar, U) of V = soft |X|^2 + (g^2/2) |X|^4 with X = x/sqrt2, by bisection of V' and the second difference."""

    def potential(x):
        return soft * x**2 / 2 + g**2 / 2 * (x**2 / 2) ** 2

    low, high = 1e-3 * np.sqrt(-soft) / g, 1e3 * np.sqrt(-soft) / g
    for _ in range(200):
        middle = 0.5 * (low + high)
        step = 1e-5 * middle
        rising = potential(middle + step) > potential(middle - step)
        low, high = (low, middle) if rising else (middle, high)
    step = 1e-3 * low
    curvature = (potential(low + step) - 2 * potential(low) + potential(low - step)) / step**2
    return np.sqrt(curvature), g * low  # |D X|^2 gives m_U^2 = 2 g^2 <X>^2 = g^2 x^2


@pytest.mark.parametrize("point", POINTS)
def test_paper_u_and_dark_matter_have_the_radiative_mass(point, predict):
    spectrum = predict(point).spectrum
    for mass in (spectrum.m_u, spectrum.m_dm, spectrum.m_rad):
        assert_allclose(mass, m_rad(point), rtol=1e-9)


@pytest.mark.parametrize("point", POINTS)
def test_paper_scalar_is_heavier_by_sqrt2(point, predict):
    assert_allclose(predict(point).spectrum.m_scalar, np.sqrt(2) * m_rad(point), rtol=1e-9)


@pytest.mark.parametrize("normalisation, factor", [("paper", np.sqrt(2)), ("half", 1.0)])
@pytest.mark.parametrize("point", POINTS)
def test_corrected_multiplet_is_degenerate(point, normalisation, factor, predict):
    spectrum = predict(point, reading="corrected", dark_matter="dirac", soft_normalisation=normalisation).spectrum
    for mass in (spectrum.m_u, spectrum.m_dm, spectrum.m_scalar):
        assert_allclose(mass, factor * m_rad(point), rtol=1e-9)


@pytest.mark.parametrize("normalisation, coefficient", [("paper", 1.0), ("half", 0.5)])
def test_corrected_masses_are_those_of_the_canonical_potential(normalisation, coefficient, predict):
    point = POINTS[0]
    scalar, vector = canonical_masses(point[0], -coefficient * m_rad(point) ** 2)
    spectrum = predict(point, reading="corrected", dark_matter="dirac", soft_normalisation=normalisation).spectrum
    assert_allclose(spectrum.m_scalar, scalar, rtol=1e-5)
    assert_allclose(spectrum.m_u, vector, rtol=1e-5)


def test_papers_reading_ignores_the_soft_normalisation(predict):
    half, paper = (predict(POINTS[0], soft_normalisation=word).spectrum for word in ("half", "paper"))
    assert half.m_u[0] == paper.m_u[0]


@pytest.mark.parametrize(
    "word, reading, kind",
    [
        ("majorana", "paper", DarkMatter.MAJORANA),
        ("scalar", "paper", DarkMatter.SCALAR),
        ("dirac", "paper", DarkMatter.DIRAC),
        ("majorana", "corrected", DarkMatter.MAJORANA),
        ("dirac", "corrected", DarkMatter.DIRAC_CHIRAL),
        ("scalar", "corrected", DarkMatter.SCALAR),
    ],
)
def test_fermions_of_the_corrected_reading_are_one_chiral_dirac_pair_unless_split(word, reading, kind, predict):
    assert predict(POINTS[0], dark_matter=word, reading=reading).dark_matter is kind


def test_corrected_fermions_annihilate_in_s_wave(predict):
    assert predict(POINTS[0], reading="corrected", dark_matter="dirac").cross_section.s_wave[0] > 0.0
    assert predict(POINTS[0]).cross_section.s_wave[0] == 0.0


def test_dark_coupling_is_g(predict):
    assert predict(POINTS[0]).couplings.g_dm[0] == 0.5


def test_parameters_have_no_lambda():
    assert [p.name for p in Model().parameters] == ["g", "chi", "m_soft_tev"]


@pytest.mark.parametrize("charges", ["hypercharge", "universal"])
def test_charges_reach_mass_and_couplings(charges, predict):
    prediction = predict(POINTS[0], charges=charges)
    g, chi, m_soft = POINTS[0]
    total = 10 * G_PRIME2 * chi**2 if charges == "hypercharge" else 45 * (g * chi) ** 2
    expected = oracle.radiative_mass_squared(g, total, m_soft, 1e9)
    assert_allclose(prediction.spectrum.m_rad**2, -expected, rtol=1e-9)
    assert (prediction.couplings.g_e_l[0] != prediction.couplings.g_e_r[0]) == (charges == "hypercharge")


def test_higgs_doublets_add_a_tenth_to_the_radiative_mass_squared(predict):
    ratio = predict(POINTS[0], higgs_doublets=True).spectrum.m_rad / predict(POINTS[0]).spectrum.m_rad
    assert_allclose(ratio**2, 1.1, rtol=1e-12)


def test_u_cannot_decay_to_the_dark_matter(predict):
    assert predict(POINTS[0]).widths.dark_matter[0] == 0.0


@pytest.mark.parametrize("over_mass", [1e-6, 0.3, 1.5, 40.0])
def test_gaugino_mass_splits_the_pair_as_the_mass_matrix_says(over_mass, predict):
    mass = np.sqrt(2) * m_rad(POINTS[0])
    prediction = predict(POINTS[0], over_mass * mass, reading="corrected")
    # hidden Higgsino (charge 1) and gaugino (charge 0), Dirac mass m_U, Majorana mass of the gaugino
    values, vectors = np.linalg.eigh(np.array([[0.0, mass], [mass, over_mass * mass]]))
    light = np.argmin(np.abs(values))
    assert_allclose(prediction.spectrum.m_u, mass, rtol=1e-9)
    assert_allclose(prediction.spectrum.m_dm, np.abs(values[light]), rtol=1e-9)
    assert_allclose(prediction.couplings.g_dm, 0.5 * vectors[0, light] ** 2, rtol=1e-9)  # g = 0.5


def test_light_charge_runs_from_a_half_to_one(predict):
    # docs/physics/model.md 3.1: m2 / (m1 + m2)
    light, heavy = (predict(POINTS[0], m, reading="corrected").couplings.g_dm[0] / 0.5 for m in (1e-9, 1e9))
    assert_allclose([light, heavy], [0.5, 1.0], rtol=1e-6)


def test_only_the_split_pair_has_a_gaugino_mass():
    assert [p.name for p in Model(reading="corrected").parameters][-1] == "gaugino_mass_mev"
    assert len(Model(reading="corrected", dark_matter="dirac").parameters) == 3


def test_a_gaugino_mass_must_be_positive(predict):
    assert predict(POINTS[0], 0.0, reading="corrected").reason[0] != 0
