"""What a person may write in `Pulumi.<stack>.yaml`: typed, checked at once, without Pulumi and without I/O."""

from settings.problems import SettingsError
from settings.stack import StackSettings, load

__all__ = ["SettingsError", "StackSettings", "load"]
