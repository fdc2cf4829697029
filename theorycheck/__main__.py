"""``python -m theorycheck`` and the console script."""
import sys

from theorycheck.cli import main

if __name__ == "__main__":
    sys.exit(main())
