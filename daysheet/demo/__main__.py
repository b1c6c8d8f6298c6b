"""``python -m daysheet.demo`` is ``daysheet demo``."""

import sys

from daysheet.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "demo")
    main()
