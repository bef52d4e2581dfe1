"""`python -m plinth`: the same command as `plinth`."""

from plinth.cli import main

main()
