"""Every point that a process can be killed at is in one place of the code, and nothing happens there by itself."""

import ast
import inspect
from collections import Counter
from pathlib import Path

import daysheet
from daysheet import points
from daysheet.points import Point

ROOT = Path(daysheet.__file__).parent


def called() -> Counter[str]:
    """Return how often the code comes by each point, by the name of the enum's member."""
    found: Counter[str] = Counter()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "points.reached":
                found[ast.unparse(node.args[0])] += 1
    return found


def test_every_point_is_come_by_at_one_place_and_no_other_is() -> None:
    assert called() == {f"Point.{point.name}": 1 for point in Point}


def test_every_point_says_what_has_happened_by_then() -> None:
    text = inspect.getsource(points)
    for point in Point:
        _, _, after = text.partition(f'    {point.name} = "{point}"\n')
        assert after.startswith('    """'), point


def test_nothing_happens_at_a_point_and_no_setting_can_let_anything_happen() -> None:
    for point in Point:
        points.reached(point)
    body = ast.parse(inspect.getsource(points.reached)).body[0]
    assert isinstance(body, ast.FunctionDef)
    assert [ast.unparse(statement) for statement in body.body[1:]] == ["del point"]
    used = {
        ast.unparse(node) for node in ast.walk(ast.parse(inspect.getsource(points))) if isinstance(node, ast.Import)
    }
    assert used == set()
