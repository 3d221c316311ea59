"""The error of a step that cannot go on for a reason that its user can mend."""


class Refusal(ValueError):
    """A step cannot go on. Each line of the message says what is wrong and what to do; the command ends with 2."""
