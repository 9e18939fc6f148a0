"""Priority: how widely something hurts, and how soon, make a number from 1 (most) to 4."""

IMPACTS = (1, 2, 3)
"""1 the whole company or a site, 2 a department, 3 one person."""

URGENCIES = (1, 2, 3)
"""1 nobody can work until it is done, 2 work is hard meanwhile, 3 it can wait."""

PRIORITIES = (1, 2, 3, 4)
USUAL_PRIORITY = 3
"""What a request has until somebody has looked at it: its promise is the service's usual one."""

_MATRIX = ((1, 2, 3), (2, 3, 3), (3, 3, 4))


def priority_of(impact: int, urgency: int) -> int:
    """The priority that follows from both."""
    if impact not in IMPACTS or urgency not in URGENCIES:
        raise ValueError("Impact and urgency are numbers from 1 to 3.")
    return _MATRIX[impact - 1][urgency - 1]
