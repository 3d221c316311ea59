import pickle

import mevdm
from workflow.inference.run.errors import ConfigError


def test_wrong_input_is_a_value_error_with_a_public_name():
    assert issubclass(ConfigError, ValueError)
    assert mevdm.ConfigError is ConfigError


def test_the_message_is_all_that_it_carries():
    # errors of a worker travel to the caller by pickling
    error = ConfigError("sampler.nope: unknown key")
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "sampler.nope: unknown key"
