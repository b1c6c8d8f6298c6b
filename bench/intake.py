"""
Measure the way of a report from the mailbox into the database; run it by hand:

    .venv/bin/python bench/intake.py [--quick]

Prints figures, their targets and, beside them, what a naive program takes in the same run. Both are
measured by turns, and medians are shown: other work on the machine then hits both alike. Needs
Dovecot. Ends 1 where a target was missed.
"""

import argparse
import compileall
import sys
from pathlib import Path

import daysheet


def main() -> int:
    """Run every bench and print its table."""
    parser = argparse.ArgumentParser(description="Measure Daysheet's intake.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a first look")
    parser.add_argument("--only", choices=["reading", "pipeline"], help="one part only")
    chosen = parser.parse_args()
    compileall.compile_dir(str(Path(daysheet.__file__).parent), quiet=1)

    import pipeline
    import reading
    import table

    missed = 0
    for title, bench in (("reading", reading.measure), ("pipeline", pipeline.measure)):
        if chosen.only in (None, title):
            figures = bench(chosen.quick)
            table.show(title, figures)
            missed += sum(not figure.has_met_its_target for figure in figures)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
