"""``python -m daysheet`` is ``daysheet``."""

from daysheet.cli import main

if __name__ == "__main__":
    main()
