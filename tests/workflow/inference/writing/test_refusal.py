from workflow.inference.run.errors import ConfigError
from workflow.inference.writing.origin import ArtefactError
from workflow.inference.writing.refusal import Refusal


def test_wrong_input_and_unusable_files_are_refusals_and_values():
    assert issubclass(ConfigError, Refusal)
    assert issubclass(ArtefactError, Refusal)
    assert issubclass(Refusal, ValueError)
