"""Settings of the sampler: those that cannot work are refused by name, before any work."""

from dataclasses import fields

import numpy as np
import pytest

from workflow.inference.sampling.settings import STOP_RULE, SamplerSettings


@pytest.mark.parametrize(
    "setting, words",
    [
        ({"walkers": 15}, "walkers is 15; allowed: an even number"),
        ({"walkers": 2}, "walkers is 2; allowed: at least 4"),
        ({"ensembles": 1}, "ensembles is 1; allowed: at least 2"),
        ({"seed": -1}, "seed is -1; allowed: at least 0"),
        ({"surveys": 0}, "surveys is 0; allowed: at least 1"),
        ({"target_ess": np.nan}, "target_ess is nan; allowed: at least 1"),
        ({"global_fraction": 1.0}, "global_fraction is 1.0; allowed: between 0 and 1"),
        ({"global_fraction": 0.0}, "global_fraction is 0.0; allowed: between 0 and 1"),
        ({"pilot_particles": 60}, "pilot_particles is 60; allowed: at least 8 times pilot_sweeps, 80"),
        ({"steps": 500, "max_steps": 100}, "max_steps is 100; allowed: at least steps"),
        ({"max_rhat": 1.0}, "max_rhat is 1.0; allowed: greater than 1"),
        ({"max_rhat": np.nan}, "max_rhat is nan; allowed: at least 1 and at most 2"),
    ],
)
def test_settings_that_cannot_work_name_their_key(setting, words):
    with pytest.raises(ValueError, match=words):
        SamplerSettings(**setting)


def test_the_stop_rule_names_settings():
    assert set(STOP_RULE) < {field.name for field in fields(SamplerSettings)}


def test_an_unconverged_run_is_not_accepted_unless_it_is_asked_for():
    assert SamplerSettings().accept_unconverged is False
    assert SamplerSettings(accept_unconverged=True).accept_unconverged is True
