"""
Answer a labelled set of organisation names with the public services; run it by hand:

    .venv/bin/python bench/names.py DATA_DIR --answers FILE

Imports DATA_DIR/master.tsv (columns id, name, parent_id) into a database of its own, matches the
column ``query`` of DATA_DIR/queries.tsv, and writes ``index decision master_id candidates
parent_id``, tab separated. Reads no other column. Prints what each step took.
"""

import argparse
import csv
import io
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from daysheet import wiring
from daysheet.config import Settings
from daysheet.services import import_customers, match_list, setup


def rows_of(path: Path, *columns: str) -> list[tuple[str, ...]]:
    """Return the given columns of a tab separated file; a line break in a cell is written as backslash n."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(reader)
        places = [header.index(column) for column in columns]
        return [tuple(row[place].replace("\\n", "\n") for place in places) for row in reader]


def as_csv(rows: list[tuple[str, ...]]) -> bytes:
    """Return the master as the list an administrator would import."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("id", "name", "parent_id"))
    writer.writerows(rows)
    return text.getvalue().encode()


def pieces(rows: list[tuple[str, ...]], size: int = 20_000) -> Iterator[list[tuple[str, ...]]]:
    """Cut the master into lists that a reader takes."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def main() -> int:
    """Import, match, write."""
    parser = argparse.ArgumentParser(description="Answer a labelled set of names.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--answers", type=Path, required=True)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            database={"url": f"sqlite:///{folder}/names.db"},
            log={"level": "error"},
        )
        database = wiring.open_database(settings)
        setup.upgrade(database, wiring.load_specs(settings), wiring.now())
        database.close()
        with wiring.open_tools(settings) as tools:
            started = time.perf_counter()
            master = rows_of(chosen.data / "master.tsv", "id", "name", "parent_id")
            for piece in pieces(master):
                done = import_customers.import_file(tools, "master.csv", as_csv(piece))
                print(f"imported: {done.added} added, {done.matched} known, {done.rejected} rejected", file=sys.stderr)
            imported = time.perf_counter()
            queries = rows_of(chosen.data / "queries.tsv", "index", "query")
            lines = list(match_list.match(tools, [query for _, query in queries]))
            matched = time.perf_counter()
    with chosen.answers.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        for (index, _), line in zip(queries, lines, strict=True):
            writer.writerow((index, line.decision, line.customer_id, ",".join(line.candidates), line.parent_id))
    print(f"import {len(master)} names: {imported - started:.1f} s", file=sys.stderr)
    print(f"match {len(queries)} names: {matched - imported:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
