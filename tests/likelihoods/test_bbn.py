from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from likelihoods.bbn import Likelihood
from model.physics.early_universe.big_bang_nucleosynthesis import abundances
from model.physics.early_universe.neutrino_decoupling import DarkGas, thermal_histories

MODERN = Likelihood(era="modern")


def prediction(helium, deuterium):
    return SimpleNamespace(primordial_helium=np.atleast_1d(helium), primordial_deuterium=np.atleast_1d(deuterium))


def of_mass(mass, states=2.0, *, fermion=True):
    gas = DarkGas(np.array([[mass]]), np.array([[states]]), (fermion,))
    return prediction(*abundances(thermal_histories(gas)))


@pytest.mark.parametrize(
    "era, helium, deuterium, error_helium, error_deuterium",
    [
        # D/H = 2.51e-5 (omega_b / 0.0224)^-1.634, errors 0.11e-5 and those of omega_b
        (2008, 0.249, 2.82e-5, 0.0090089, 0.3104e-5),
        ("modern", 0.245, 2.547e-5, 0.0030162, 0.11860e-5),
    ],
)
def test_gaussian_with_theory_error(era, helium, deuterium, error_helium, error_deuterium):
    # at the baryon density of the era the prediction is (omega_b / 0.0224)^slope of what the prediction holds
    ratio = (0.02273 if era == 2008 else 0.0224) / 0.0224
    fit = helium / ratio**0.039, deuterium / ratio**-1.634
    likelihood = Likelihood(era=era)
    assert_allclose(likelihood.log_likelihood(prediction(*fit)), 0.0, atol=1e-12)
    off = prediction(fit[0] + 2 * error_helium / ratio**0.039, fit[1] - 3 * error_deuterium / ratio**-1.634)
    found = likelihood.experiments(off)
    assert_allclose(found["helium"], -2.0, rtol=2e-3)
    assert_allclose(found["deuterium"], -4.5, rtol=2e-3)


def test_helium_alone():
    assert list(Likelihood(era="modern", deuterium=False).experiments(of_mass(3.0))) == ["helium"]


def test_standard_model_fits():
    assert MODERN.log_likelihood(of_mass(100.0))[0] > -0.5
    assert Likelihood().log_likelihood(of_mass(100.0))[0] > -1.0


def test_helium_alone_excludes_what_is_lighter_than_half_an_mev():
    # arXiv:1910.01649: BBN alone needs m > 0.4 MeV at 2 sigma, whatever the spin. Dirac, Majorana, real scalar
    helium = Likelihood(era="modern", deuterium=False)
    best = helium.log_likelihood(of_mass(3.0, 4.0))[0]
    for states, fermion, low, high in ((4.0, True, 0.5, 0.9), (2.0, True, 0.35, 0.65), (1.0, False, 0.2, 0.5)):
        bound = brentq(
            lambda m, states=states, fermion=fermion: (
                helium.log_likelihood(of_mass(m, states, fermion=fermion))[0] - best + 2.0
            ),
            0.2,
            2.0,
        )
        assert low < bound < high


def test_deuterium_excludes_a_few_mev():
    # with the baryon density of the CMB, as arXiv:1910.01649 and 2107.11232 find: Majorana above about 1 to 5 MeV
    def term(mass):
        return MODERN.log_likelihood(of_mass(mass))[0] - MODERN.log_likelihood(of_mass(50.0))[0]

    assert term(1.0) < -1.5
    assert term(8.0) > -0.5


def test_dark_radiation_is_the_parameter_of_n_eff():
    assert [p.name for p in Likelihood(dark_radiation=True).parameters] == ["delta_n_eff"]
    assert Likelihood().parameters == ()
