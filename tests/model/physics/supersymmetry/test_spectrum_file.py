import re
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp, mpf
from numpy.testing import assert_allclose
from reference.runs import ROOT

from model import anomaly_free, minimal
from model.physics.supersymmetry.lsp_decay import LspSettings
from model.physics.supersymmetry.spectrum_file import read
from tests.reference.nuisances import NUISANCES
from workflow.inference.posterior.evaluation import derived
from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.provenance import posterior_identity

BINO, STAU = (str(ROOT / "tests" / "data" / name) for name in ("bino_lsp.slha", "stau_lsp.slha"))
G_PRIME2 = 4 * np.pi / 127.95 / (1 - 0.2312)
HYPERCHARGE2 = {31: 2 / 4, 34: 1, 41: 6 / 36, 44: 3 * 4 / 9, 47: 3 / 9}  # of a generation, whose entries follow


@pytest.fixture
def predict(surroundings):
    def at(model, m_soft=None):
        point = {**NUISANCES, "g": 0.3, "chi": 4e-4, "lambda": 0.2} | ({} if m_soft is None else {"m_soft_tev": m_soft})
        return model.predict({k: np.array([float(v)]) for k, v in point.items()}, surroundings)

    return at


@pytest.fixture
def written(tmp_path):
    def to(old, new):
        text = Path(BINO).read_text()
        assert re.search(old, text)
        path = tmp_path / "spectrum.slha"
        path.write_text(re.sub(old, new, text))
        return str(path)

    return to


def soft_masses(path):
    """Entries of the block MSOFT by a reader of ours."""
    entries, inside = {}, False
    for line in Path(path).read_text().splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["BLOCK"]:
            inside = words[1] == "MSOFT"
        elif words and inside:
            entries[int(words[0])] = mpf(words[1])
    return entries


def sum_over_scalars(path, beside, higgs=False):
    """sum Y^2 m^2 [ln(Lambda^2/|m^2|) + c] at Lambda = 1e9 GeV [GeV^2], in mpmath."""
    soft = soft_masses(path)
    squares = [(HYPERCHARGE2[k], soft[k + i] * abs(soft[k + i])) for k in HYPERCHARGE2 for i in range(3)]
    squares += [(2 / 4, soft[k]) for k in (21, 22)] if higgs else []
    with mp.workdps(30):
        return float(sum(weight * m2 * (mp.log(mpf(10) ** 18 / abs(m2)) + beside) for weight, m2 in squares))


@pytest.mark.parametrize("path", [BINO, STAU])
@pytest.mark.parametrize("order, beside", [("leading_log", 0.0), ("two_loop", np.pi**2 / 3 - 2)])
@pytest.mark.parametrize("kind", [anomaly_free.Model, minimal.Model])
def test_radiative_mass_is_the_sum_over_sfermions_with_their_own_logarithms(path, order, beside, kind, predict):
    m_rad = predict(kind(spectrum=path, radiative_mass=order)).spectrum.m_rad
    expected = 0.3**2 * G_PRIME2 * 4e-4**2 / (64 * np.pi**4) * sum_over_scalars(path, beside) * 1e6
    assert_allclose(m_rad**2, expected, rtol=1e-9)


def test_higgs_doublets_enter_with_their_soft_masses_and_signs(predict):
    without, with_them = (
        predict(anomaly_free.Model(spectrum=BINO, higgs_doublets=doublets)).spectrum.m_rad for doublets in (False, True)
    )
    ratio = sum_over_scalars(BINO, 0.0, higgs=True) / sum_over_scalars(BINO, 0.0)
    assert ratio < 1.0
    assert_allclose((with_them / without) ** 2, ratio, rtol=1e-9)


@pytest.mark.parametrize("charges", ["kinetic_mixing", "universal"])
@pytest.mark.parametrize("order", ["leading_log", "two_loop"])
def test_equal_masses_are_the_common_soft_mass(charges, order, predict, written):
    path = written(r"(?m)^    (3[1-6]|4[1-9]) .*$", r"    \1  2.0e+03")
    options = {"charges": charges, "radiative_mass": order}
    equal = predict(anomaly_free.Model(spectrum=path, **options)).spectrum
    common = predict(anomaly_free.Model(**options), m_soft=2.0).spectrum
    for name in ("m_dm", "m_u", "m_rad", "m_scalar"):
        assert_allclose(getattr(equal, name), getattr(common, name), rtol=1e-12)


@pytest.mark.parametrize("kind", [anomaly_free.Model, minimal.Model])
def test_there_is_no_common_soft_mass_among_the_parameters(kind):
    model = kind(spectrum=BINO)
    assert "m_soft_tev" not in [parameter.name for parameter in model.parameters]
    assert model.sampling_coordinates is None


def test_the_rest_of_the_spectrum_is_read():
    bino, stau = read(BINO), read(STAU)
    assert (bino.lsp_kind, bino.m_lsp_gev, bino.n11, bino.m1_gev) == ("neutralino", 147.0, 0.99, 150.0)
    assert (bino.tan_beta, bino.m_er_gev) == (10.0, 250.0)
    assert (stau.lsp_kind, stau.m_lsp_gev, stau.m1_gev, stau.tan_beta) == ("slepton", 200.0, 600.0, 30.0)


def test_columns_are_those_of_the_same_masses_as_options(predict):
    names = ["m_d_term_mev", "m_bino_loop_mev", "m_gauge_mediated_mev", "lsp_width_gev"]
    found = derived(predict(anomaly_free.Model(spectrum=STAU)), names)
    lsp = LspSettings(kind="slepton", m_lsp_gev=200.0, m1_gev=600.0)
    same = anomaly_free.Model(tan_beta=30.0, m1_tev=0.6, m_er_tev=0.4, lsp=lsp)
    expected = derived(predict(same, m_soft=2.0), names)
    for name in names:
        assert_allclose(found[name], expected[name], rtol=1e-12, err_msg=name)


@pytest.mark.parametrize(
    "code, mixing, hypercharge2",
    [
        (1000011, "", 1 / 4),
        (2000013, "", 1.0),
        (1000015, "", 1.0),
        (1000015, "BLOCK STAUMIX\n 1 1 8.0e-01\n 1 2 6.0e-01\n", 0.16 + 0.36),
        (2000015, "BLOCK STAUMIX\n 2 1 -6.0e-01\n 2 2 8.0e-01\n", 0.09 + 0.64),
        (1000014, "", 1 / 4),
        (1000003, "", 1 / 36),
        (2000001, "", 1 / 9),
        (2000004, "", 4 / 9),
        (1000006, "BLOCK STOPMIX\n 1 1 6.0e-01\n 1 2 8.0e-01\n", 0.01 + 0.64 * 4 / 9),
        (1000005, "BLOCK SBOTMIX\n 1 1 1.0e+00\n 1 2 0.0e+00\n", 1 / 36),
    ],
)
def test_a_sfermion_decays_by_the_hypercharge_of_its_own_code(code, mixing, hypercharge2, predict, written):
    # Gamma ~ Y^2, with Y of the fields of the Standard Model: e_L 1/2, e_R 1, q_L 1/6, u_R 2/3, d_R 1/3
    path = written(r"(?s)BLOCK MASS.*BLOCK NMIX", f"{mixing}BLOCK MASS\n {code} 1.2e+02\nBLOCK NMIX")
    width = derived(predict(anomaly_free.Model(spectrum=path)), ["lsp_width_gev"])["lsp_width_gev"]
    m, m1 = 120.0, 150.0
    with mp.workdps(30):
        integral = float(mp.quad(lambda q: (m**2 - q) ** 2 / m**2 * (q + m1**2) / (q - m1**2) ** 2, [0, m**2]))
    unit = 2 * G_PRIME2 * (0.3 * 4e-4) ** 2 / (128 * np.pi**3 * m) * integral
    assert_allclose(width / unit, hypercharge2, rtol=1e-9)


def test_flag_of_the_landau_pole_compares_with_the_sfermions(predict):
    model = anomaly_free.Model(spectrum=STAU)
    found = derived(predict(model), ["landau_pole_below_m_soft"])
    assert found["landau_pole_below_m_soft"] == 0.0


def test_squared_masses_that_add_up_to_a_negative_number_break_nothing(predict, written):
    path = written(r"(?m)^    (3[1-6]|4[1-9])     ", r"    \1    -")
    assert not predict(anomaly_free.Model(spectrum=path)).valid[0]


@pytest.mark.parametrize(
    "old, new, message",
    [
        (r"(?m)^    44 .*\n", "", "which lacks the entry MSOFT 44; allowed: an SLHA spectrum"),
        (r"BLOCK NMIX", "BLOCK UMIX", "which lacks the entry NMIX 1 1"),
        (r"1.05e\+03  # right-handed up", "heavy # up", "whose entry MSOFT 44 is 'heavy'; allowed: a finite number"),
        (r"1.25e\+03   # gluino", "1.0e+02", "whose lightest supersymmetric particle is the gluino; allowed: "),
        (r"(?s)BLOCK MASS.*", "BLOCK MASS\n  25  1.25e+02\n", "whose block MASS has no superpartner"),
        (r"(?s)\A.*\Z", "nothing", "allowed: an SLHA spectrum"),
        (r"(?s)\A.*\Z", "model:\n  name: minimal\n", "allowed: an SLHA spectrum"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(old, new, message, written, config_file, capsys):
    path = written(old, new)
    with pytest.raises(ConfigError) as error:
        load(config_file("spectrum_2008"), (f"model.spectrum={path}",))
    assert f"model.spectrum: {path}" in str(error.value)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert capsys.readouterr() == ("", "")  # the parser of the accord would tell there of lines that it skips


@pytest.mark.parametrize(
    "override, message",
    [
        ("model.spectrum=nowhere.slha", "model.spectrum: nowhere.slha, which cannot be read (No such file"),
        ("model.tan_beta=5", "model.tan_beta: 5; allowed: leave it out, the spectrum has it"),
        ("model.m1_tev=1", "model.m1_tev: 1; allowed: leave it out"),
        ("model.lsp.kind=slepton", "allowed: tracker_radius_m alone"),
        ("model.lambda_uv_gev=500", "model.lambda_uv_gev: 500; allowed: above every scalar, 1100 GeV"),
        ("parameters.m_soft_tev.fixed=1", "m_soft_tev"),
    ],
)
def test_what_a_spectrum_excludes_is_one_line(override, message, config_file):
    of_run = () if override.startswith("model.spectrum") else (f"model.spectrum={BINO}",)
    with pytest.raises(ConfigError) as error:
        load(config_file("spectrum_2008"), (*of_run, override))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_radius_of_the_tracker_stays_an_option(config_file):
    config = load(config_file("spectrum_2008"), (f"model.spectrum={BINO}", "model.lsp.tracker_radius_m=7"))
    assert config.model.lsp.tracker_radius_m == 7.0


def test_another_content_of_the_file_is_another_posterior(config_file, written):
    path = written("1.10e", "1.10e")
    config = load(config_file("spectrum_2008"), (f"model.spectrum={path}",))
    before = posterior_identity(config)
    assert posterior_identity(config) == before
    written("1.10e", "1.20e")
    assert posterior_identity(config) != before
