"""The error of everything that a user writes."""


class ConfigError(ValueError):
    """Something a user wrote is wrong; the message is one line that names the place, the value and what is allowed."""
