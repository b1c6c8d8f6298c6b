"""The house keeps its floors: imports only point down, rooms on one floor do not know each other."""

import ast
from pathlib import Path

import pytest

import daysheet

ROOT = Path(daysheet.__file__).parent
ROOMS = frozenset({"ingest", "templates_xlsx", "validation", "dedupe", "reports", "store", "digests", "logins"})
RULES = frozenset({"naming", "i18n"})
GROUND = frozenset({"model", "errors", "points", "patience"})
EDGES = {"cli", "commands", "web", "scheduler"}

MAY_IMPORT = {
    **dict.fromkeys(GROUND | RULES, frozenset[str]()),
    **dict.fromkeys(ROOMS, RULES),
    "services": ROOMS | RULES,
    "secret_files": set(),
    "config": {"secret_files"},
    # wiring starts the console for `serve`, which does not know it
    "wiring": {"services", "config", "web"} | ROOMS | RULES,
    # the edges know services, and the wiring that hands these their tools
    "cli": {"commands", "config"},
    "__main__": {"cli"},
    "commands": {"services", "config", "wiring", "i18n", "scheduler", "demo"},
    "scheduler": {"services", "config", "wiring", "i18n"},
    "web": {"services", "config", "wiring", "i18n"},
    # the demo plays the outside world: reps with Excel, a mail server, odd files
    "demo": {"services", "config", "wiring", "i18n", "cli"} | ROOMS,
}


def part_of(module: str) -> str | None:
    """Return the part a module belongs to: ``daysheet.store.tables`` → store."""
    names = module.split(".")
    return names[1] if names[0] == "daysheet" and len(names) > 1 else None


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            if node.module == "daysheet":
                found |= {f"daysheet.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


MODULES = sorted(ROOT.rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(("daysheet", *path.relative_to(ROOT).with_suffix("").parts))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_point_down(path: Path) -> None:
    part = part_of(name_of(path).removesuffix(".__init__"))
    if part is None:
        assert not {m for m in imports_of(path) if m.startswith("daysheet")}, "the package itself imports nothing"
        return
    allowed = MAY_IMPORT[part] | GROUND | {part}
    wrong = {m for m in imports_of(path) if part_of(m) is not None and part_of(m) not in allowed}
    assert not wrong, f"{path.relative_to(ROOT)} ({part}) must not import {sorted(wrong)}"


@pytest.mark.parametrize("path", [p for p in MODULES if part_of(name_of(p)) in GROUND], ids=name_of)
def test_the_ground_floor_needs_nothing_but_python(path: Path) -> None:
    import sys

    foreign = {m.split(".")[0] for m in imports_of(path)} - {"daysheet"} - sys.stdlib_module_names
    assert not foreign


def test_every_part_is_on_the_map() -> None:
    parts = {part_of(name_of(p).removesuffix(".__init__")) for p in MODULES} - {None, "py"}
    assert parts <= set(MAY_IMPORT)
