"""What the simulated AWS says when it refuses."""


class Refused(Exception):
    """A request that AWS or its provider would refuse, in their words."""
