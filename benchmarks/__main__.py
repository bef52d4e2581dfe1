"""`make bench`: print each benchmark's ratio beside its limit; exit code 1 when one is over it."""

import sys

from benchmarks import preview

sys.exit(preview.main())
