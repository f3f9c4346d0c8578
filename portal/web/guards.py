"""Who may use a blueprint. Every blueprint names its guard, "everybody" included."""


def everybody() -> None:
    """Let everybody in."""
