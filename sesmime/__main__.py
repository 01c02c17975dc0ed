"""`python -m sesmime`."""

import sys

from sesmime.cli.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
