"""The mass relation of the paper."""

import numpy as np
from numpy.testing import assert_allclose

from workflow.inference.atlas import mass_relation as relation


def test_mass_relation_marks_eq_3():
    figure = relation.mass_relation_figure()
    left, right = figure.axes
    assert any("6.38" in text.get_text() for text in left.texts)
    assert len(left.lines) == 6
    # |m_rad| is linear in the couplings
    x, y = left.lines[2].get_data()
    assert_allclose(np.diff(y) / np.diff(x), 1.0, rtol=1e-9)
    assert_allclose(np.interp(-5.0, x, y), 0.5 * np.log10(6.38), atol=1e-3)
    assert right.get_ylabel()
    for end in (*left.get_xlim(), *left.get_ylim()):  # whole decades
        assert_allclose(end, np.rint(end), atol=1e-9)
