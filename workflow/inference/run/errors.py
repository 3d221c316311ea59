"""The error of wrong input."""


class ConfigError(ValueError):
    """Wrong input of a user. The message is one line that names the place, the value and the allowed values."""
