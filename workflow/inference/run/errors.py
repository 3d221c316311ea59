"""The error of wrong input."""

from workflow.inference.writing.refusal import Refusal


class ConfigError(Refusal):
    """Wrong input of a user. The message is one line that names the place, the value and the allowed values."""
