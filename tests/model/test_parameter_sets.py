from model import minimal, vector_portal
from model._parameter_sets import the_only_set


def test_a_model_of_one_set_of_parameters_is_itself_whatever_the_columns():
    model = minimal.Model()
    assert the_only_set(model, {"g", "epsilon"}) is model
    assert model.for_columns({"g_l"}) is model


def test_columns_choose_among_the_sets_of_the_portal():
    assert vector_portal.Model().for_columns({"g_l"}).visible == "chiral"
    assert vector_portal.Model().for_columns({"epsilon"}).visible == "epsilon"
