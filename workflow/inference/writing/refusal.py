"""The error of a step that cannot go on for a reason that its user can mend."""


class Refusal(ValueError):
    """A step cannot go on. The message says what is wrong and what to do; the command ends with 2."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, a line for each fault: one here."""
        return (" ".join(str(self).split()),)
