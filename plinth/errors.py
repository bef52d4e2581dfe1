"""What the tool tells a user who can mend it."""


class UserError(Exception):
    """A mistake or a missing part on the user's side: the offender, the consequence and the remedy in one text."""
