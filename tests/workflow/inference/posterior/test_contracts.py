from workflow.inference.posterior import contracts


def test_the_members_of_the_contracts_are_the_documented_ones():
    assert contracts.members(contracts.Model) == (
        "prediction",
        "parameters",
        "sampling_coordinates",
        "for_columns",
        "predict",
    )
    assert contracts.members(contracts.Likelihood) == (
        "parameters",
        "needs",
        "requires",
        "era",
        "data",
        "experiments",
        "log_likelihood",
    )


def test_every_member_says_what_it_is():
    for contract in (contracts.Model, contracts.Likelihood):
        assert all(vars(contract)[name].__doc__ for name in contracts.members(contract))
