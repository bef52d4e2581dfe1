#!/bin/sh
# Installed beside an engine built from source, as pulumi-language-python. PLINTH_PYTHON is the Python that Plinth is
# installed in; a rehearsal sets it. -P: the program's folder must not shadow Python's modules.
exec "${PLINTH_PYTHON:-python3}" -P -m plinth.engine.language_host "$0-exec" "$@"
