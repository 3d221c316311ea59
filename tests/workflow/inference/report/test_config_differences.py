from workflow.inference.report.config_differences import differences

DEFAULT = """\
description: a
model: {name: x, scale: 1.0e+9}
likelihoods: {cmb: , n_eff: {era: 2008}}
sampler: {steps: [1, 2]}
"""


def test_equal_configs_differ_in_nothing_whatever_their_description():
    assert differences(DEFAULT.replace("description: a", "description: b"), DEFAULT) == []


def test_changed_new_and_missing_keys_are_listed():
    here = (
        "model: {name: y, scale: 1000000000}\nlikelihoods: {n_eff: {era: modern}, bbn: {}}\nsampler: {steps: [1, 2]}\n"
    )
    assert differences(here, DEFAULT) == [
        ("model.name", "y", "x"),
        ("model.scale", "1000000000", "1e+09"),
        ("likelihoods.n_eff.era", "modern", "2008"),
        ("likelihoods.bbn", "yes", "\N{EN DASH}"),
        ("likelihoods.cmb", "\N{EN DASH}", "yes"),
    ]
