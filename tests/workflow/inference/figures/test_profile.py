import numpy as np
import pytest
from reference.origins import ORIGIN

from workflow.inference.estimates.profile_file import Profile, write_profiles
from workflow.inference.estimates.regions import axis_of, region_2d
from workflow.inference.figures.profile import profile_figure, write_profile_figure


@pytest.fixture(scope="module")
def profiles():
    """Paraboloids about a point of each plane, in the logarithms in which the planes are drawn."""
    planes = {("m_dm_mev", "m_u_mev"): (0.0, 0.1), ("chi", "g"): (-4.0, -1.5), ("g", "lambda"): (-1.5, -1.0)}
    x = np.linspace(-1.0, 1.0, 31)
    middle = 0.5 * (x[1:] + x[:-1])
    cost = -0.5 * (middle[:, None] ** 2 + middle[None, :] ** 2) / 0.2**2
    return [Profile(across, up, a + x, b + x, cost, np.empty((30, 30, 0))) for (across, up), (a, b) in planes.items()]


def axes_of(file, profile):
    return (axis_of(file.posterior[name]) for name in (profile.across, profile.up))


def test_each_plane_has_a_panel_with_cells_contours_and_the_best_fit(profiles, file):
    figure = profile_figure(profiles, 0.0, file)
    assert figure.legends[0].texts[0].get_text() == "profile likelihood, 68 %"
    for axes, profile in zip(figure.axes, profiles, strict=True):
        cells = axes.collections[0].get_array()
        inner, outer = (int(np.count_nonzero(-2.0 * profile.log_likelihood <= limit)) for limit in (2.30, 6.18))
        assert np.count_nonzero(cells == 1.0) == inner
        assert np.count_nonzero(cells == 0.0) == outer - inner
        region = region_2d(file.samples(profile.across), file.samples(profile.up), *axes_of(file, profile))
        assert axes.collections[1].levels.tolist() == [region.levels[1], region.levels[0]]
        assert axes.lines[0].get_marker() == "*"
        assert axes.get_xlabel().startswith("$")
        assert axes.get_ylabel().startswith("$")


@pytest.mark.parametrize("planes", [1, 3])
def test_texts_do_not_leave_the_page(profiles, file, stays_on_its_page, planes):
    assert stays_on_its_page(profile_figure(profiles[:planes], 0.0, file))


def test_the_figure_of_a_file_is_written_under_its_name(profiles, posterior_path, tmp_path):
    write_profiles(profiles, ORIGIN, tmp_path / "profile.npz")
    png, pdf, *_ = write_profile_figure(tmp_path / "profile.npz", posterior_path, tmp_path, "profile")
    assert (png.name, pdf.name) == ("profile.png", "profile.pdf")
    assert png.stat().st_size > 10_000
