"""`python -m hvecs` is the command line."""

import sys

from hvecs.cli import main

if __name__ == "__main__":
    sys.exit(main())
