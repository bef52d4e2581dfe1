"""The copy of the project that `tests/components` has too."""

from tests.components.conftest import project

__all__ = ["project"]
