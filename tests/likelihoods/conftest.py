"""Shared by the tests of likelihoods: predictions of the vector portal with every table that an experiment needs."""

import numpy as np
import pytest
from reference.nuisances import NUISANCES

from model.vector_portal import Model


@pytest.fixture(scope="module")
def predict(laboratory):
    """Prediction of the vector portal; arguments broadcast."""

    def at(m_u, epsilon, m_dm, g_dm, dark_matter="dirac", **other):
        model = Model(dark_matter=dark_matter, visible="chiral" if other else "epsilon")
        values = {"m_dm_mev": m_dm, "m_u_mev": m_u, "g_dm": g_dm, "epsilon": epsilon, **other, **NUISANCES}
        arrays = np.broadcast_arrays(*[np.atleast_1d(np.asarray(v, dtype=float)) for v in values.values()])
        return model.predict(dict(zip(values, arrays, strict=True)), laboratory)

    return at
