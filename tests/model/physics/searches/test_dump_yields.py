from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.kinetic_mixing import Likelihood
from likelihoods.mixing.experiments import all_experiments
from model.physics.constants import HBAR_C_MEV_CM
from model.physics.quantities import DarkMatter
from model.physics.searches import dark_matter_scattering, electron_dump, missing_energy, proton_dump
from model.physics.searches._kernels import dark_photon_decay as kernel
from model.physics.searches.dump_yields import DumpSettings, DumpYields, direct_yield, tabulate
from model.physics.searches.meson_decay import MESON_MASS

READINGS = ("published", "physical")
KEK = all_experiments()["kek"].runs


@cache
def everything(reading):
    settings = Likelihood(include="all", era="modern", reading=reading).dump_settings
    return settings, tabulate(settings)


def rows(settings):
    """Name, run, largest mass [MeV] and spectrum at a mass [GeV] of every row."""
    for dump in settings.dumps:
        yield (
            dump.name,
            dump,
            min(1000.0, 400.0 * dump.beam_gev),
            lambda m, dump=dump: electron_dump.decay_spectrum(dump, m, settings.reading, exact=False),
        )
    for dump in settings.proton_dumps:
        for channel in proton_dump.CHANNELS:
            yield (
                f"{dump.name}.{channel}",
                dump,
                MESON_MASS.get(channel, 1000.0),
                lambda m, dump=dump, channel=channel: proton_dump.decay_spectrum(dump, m, channel),
            )


def widths_of(exponent, run, mass):
    """Total widths [MeV] of U with L_sh/l = exponent at the beam energy."""
    return exponent * run.beam_gev * 1e3 * HBAR_C_MEV_CM / 100.0 / run.shield_m / mass


@pytest.mark.compiled
@pytest.mark.slow
@pytest.mark.parametrize("reading", READINGS)
def test_every_row_interpolates_to_one_per_cent_of_direct_integration(reading, rng):
    settings, table = everything(reading)
    assert {name for name, *_ in rows(settings)} == set(table.names.tolist())
    for name, run, largest, spectrum_at in rows(settings):
        masses = np.exp(rng.uniform(np.log(1.03), np.log(largest), 25))
        masses[:8] = largest * (1.0 - np.geomspace(1e-4, 0.1, 8))  # where a meson's phase space closes
        for mass in masses:
            spectrum = spectrum_at(mass / 1e3)
            # beyond exp(3.7) decay lengths no experiment has an event left
            widths = widths_of(np.exp(rng.uniform(-16.0, 3.7, 8)), run, mass)
            direct = np.array([direct_yield(spectrum, run.shield_m, run.decay_m, mass, w) for w in widths])
            found = table.evaluate(np.full_like(widths, mass), widths)[name]
            assert_allclose(found, direct, rtol=0.01, atol=1e-250, err_msg=f"{name} at {mass} MeV")


@pytest.mark.compiled
@pytest.mark.slow
def test_missing_energy_interpolates_to_one_per_cent(rng):
    settings, table = everything("physical")
    masses = np.exp(rng.uniform(np.log(1.03), np.log(2900.0), 25))
    for search in settings.missing_energy:
        direct = [missing_energy.yield_per_electron(search, m / 1e3, exact=True) for m in masses]
        assert_allclose(table.missing(masses)[search.name], direct, rtol=0.01)


@pytest.mark.compiled
def test_one_electron_dump_interpolates_to_one_per_cent(rng):
    run = all_experiments()["orsay"].runs[0]
    table = tabulate(DumpSettings((run,), (), (), "physical", exact_tree=False))
    for mass in np.exp(rng.uniform(np.log(1.03), np.log(300.0), 20)):
        spectrum = electron_dump.decay_spectrum(run, mass / 1e3, "physical", exact=False)
        widths = widths_of(np.exp(rng.uniform(-16.0, 3.7, 10)), run, mass)
        direct = [direct_yield(spectrum, run.shield_m, run.decay_m, mass, w) for w in widths]
        assert_allclose(table.evaluate(np.full_like(widths, mass), widths)["orsay"], direct, rtol=0.01)


@pytest.mark.compiled
def test_table_goes_on_outside_its_nodes():
    table = tabulate(DumpSettings(KEK, (), (), "physical", exact_tree=False))
    low = table.evaluate(np.full(2, 5.0), np.array([1e-30, 1e-32]))["kek"]
    assert_allclose(low[0] / low[1], 100.0, rtol=1e-9)
    extreme = table.evaluate(np.array([5.0, 5.0, 3001.0, 1e4]), np.array([1.0, 1e5, 1e-9, 1e-9]))["kek"]
    assert_allclose(extreme, 0.0, atol=1e-300)
    assert table.evaluate(np.empty(0), np.empty(0))["kek"].shape == (0,)


@pytest.mark.compiled
def test_rows_of_mesons_end_at_their_mass():
    run = all_experiments()["nu_cal"].runs["physical"]
    table = tabulate(DumpSettings((), run, (), "physical", exact_tree=False))
    masses = np.array([134.97, 134.98, 547.86, 547.87, 1.0])
    found = table.evaluate(masses, np.full_like(masses, 1e-12))
    assert_allclose(found["nu_cal.pi0"][[1, 2, 3]], 0.0)
    assert_allclose(found["nu_cal.eta"][3], 0.0)
    assert (found["nu_cal.pi0"][[0, 4]] > 0.0).all()
    assert (found["nu_cal.bremsstrahlung"] > 0.0).all()


def test_a_small_table_interpolates_a_spectrum_of_two_lines():
    # Cheap in plain Python: the kernels that fill a table and read it, with a spectrum that is the same at every mass.
    momentum, number, beam, ratio = np.array([4.0, 9.0]), np.array([0.3, 0.7]), 10.0, 0.5
    y = np.linspace(-4.0, 1.0, 81)
    reduced = kernel.ln_reduced_yields(momentum, number, beam, ratio, y)
    table = DumpYields(
        names=np.array(["lines"]),
        ln_y_scale=np.zeros(1),
        coordinate=np.zeros(1, dtype=np.int64),
        meson_mass=np.array([np.inf]),
        mass_start=np.zeros(1),
        mass_step=np.ones(1),
        y=y,
        ln_yield=np.tile(reduced, (1, 5, 1)),
        missing_names=np.array(["search"]),
        ln_missing=np.log(2.0) - 3.0 * np.arange(5.0)[None, :],
        scattering_names=np.array(["beam"]),
        scattering_step=np.ones(1),
        ln_scattering=np.tile(2.0 * np.arange(5.0)[:, None] + np.linspace(0.04, 1.0, 6), (4, 1, 1, 1)),
    )
    m_u, exponent = np.array([1.5, 7.0, 20.0]), np.array([0.05, 0.4, 1.7])
    at_line = exponent[:, None] * beam / momentum
    expected = np.sum(number * np.exp(-at_line) * -np.expm1(-at_line * ratio), axis=1)
    assert_allclose(table.evaluate(m_u, exponent / m_u)["lines"], expected, rtol=1e-5)
    assert_allclose(table.missing(m_u)["search"], 2.0 * m_u**-3.0, rtol=1e-12)
    # twice the logarithm of the mass and the speed of dark matter from a U at rest; none above e^4 or below 2 m_dm
    found = table.scattered(np.array([*m_u, 60.0, 10.0]), np.array([0.3, 2.1, 6.0, 1.0, 5.1]), DarkMatter.DIRAC)
    speed = np.sqrt(1.0 - 4.0 * np.array([0.2, 0.3, 0.3]) ** 2)
    assert_allclose(found["beam"], [*(m_u**2 * np.exp(speed)), 0.0, 0.0], rtol=1e-12)


def test_scattering_is_tabulated_from_one_mev_to_the_mass_of_the_parent_and_for_all_speeds(monkeypatch):
    # Cheap: a yield in closed form stands in for the integrals.
    search = all_experiments()["lsnd"].searches[0]
    asked = []

    def yields(_, m_u, m_dm):
        asked.append((m_u, np.sqrt(1.0 - 4.0 * (m_dm / m_u) ** 2)))
        return np.exp(asked[-1][1]) / m_u * np.arange(1, 5)

    monkeypatch.setattr(dark_matter_scattering, "yields", yields)
    table = tabulate(DumpSettings((), (), (), "physical", False, (search,)))
    masses, speeds = np.array(asked).reshape(25, 8, 2).transpose(2, 0, 1)
    assert_allclose(masses[:, 0], np.geomspace(1.0, 0.999 * MESON_MASS["pi0"], 25), rtol=1e-12)
    assert_allclose(speeds[0], np.linspace(0.04, 1.0, 8), rtol=1e-9)
    m_u, speed = np.array([1.0, 2.3, 40.0, 134.0]), np.array([0.05, 0.4, 0.77, 0.99])
    for kind, factor in zip(dark_matter_scattering.KINDS, range(1, 5), strict=True):
        found = table.scattered(m_u, 0.5 * m_u * np.sqrt(1.0 - speed**2), kind)[search.name]
        assert_allclose(found, factor * np.exp(speed) / m_u, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.compiled
def test_scattering_interpolates_to_one_per_cent_and_at_worst_to_two_in_the_coupling(rng):
    # The yield has steps of a few per cent where dark matter leaves the detector; events go with the fourth power.
    settings = Likelihood(include="all", era="modern").dump_settings
    table = tabulate(DumpSettings((), (), (), "physical", False, settings.scattering))
    errors = []
    for search in settings.scattering:
        for _ in range(8):
            m_u = np.exp(rng.uniform(np.log(2.0), np.log(min(0.8 * search.largest_mass, 200.0))))
            m_dm = m_u * rng.uniform(0.05, 0.45)
            direct = dark_matter_scattering.yields(search, m_u, m_dm)
            kinds = dark_matter_scattering.KINDS
            found = [table.scattered(np.array([m_u]), np.array([m_dm]), kind)[search.name][0] for kind in kinds]
            errors.append(np.abs(found / direct - 1.0))
    assert np.median(errors) < 0.01
    assert np.max(errors) < 0.08
