#!/bin/sh
# Installed beside an engine built from source, as pulumi-language-python. `python3` is the first on PATH, which a
# rehearsal sets to Plinth's own. -P: the program's folder must not shadow Python's modules.
exec python3 -P -m plinth.engine.language_host "$0-exec" "$@"
