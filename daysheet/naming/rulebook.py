"""
A company's own naming rules: translated into the shape of the packaged ones, checked, and merged.

Lists are added to and switches replaced. Every key is checked, so that a misspelt rule is a message
and not a rule that never fires.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daysheet.errors import ConfigError

SOFTENED = ("ask", "warn_only", "off")
"""What a company may make of a code that asks for more; what is no name stays rejected."""
SOFT_CODES = ("C01", "C02", "C03", "C04", "C05", "C06", "C07", "C08", "BR_ASSUMED")
CODES = (*SOFT_CODES, "USCC", "OK", "FIXED", "K01", *(f"X0{number}" for number in range(1, 9)))

_ENTRIES: Mapping[str, frozenset[str]] = {
    "aliases": frozenset({"alias", "target", "candidates", "type", "by", "when", "until", "since"}),
    "banks": frozenset(
        {"id", "full", "form", "short", "formerly", "class", "direct", "planned_city", "templates", "until"}
    ),
    "systems": frozenset(
        {"id", "group", "full", "keyword", "companies", "companies_at", "branches", "branches_at", "type", "patterns"}
        | {"keep", "territory", "short_counties", "planned_city", "short", "province", "city", "links", "lattice"}
    ),
    "insurers": frozenset({"id", "group", "full", "short", "branches", "planned_city"}),
    "successors": frozenset({"from", "to", "kind", "since"}),
    "region_history": frozenset({"text", "code", "now", "kind", "since"}),
}
_BRANCH_KEYS = {
    "bank": "branch_types",
    "centre": "centres",
    "insurer": "insurer_tiers",
    "enterprise": "enterprise_branches",
    "firm": "enterprise_branches",
    "rail": "rail_branches",
    "gov": "government_branches",
}
_FORM_TAIL = re.compile(r"(?:股份有限公司|有限责任公司|有限公司|股份公司)$")


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the packaged rules *base* with a company's *own*.

    Raises ConfigError for an unknown key or a value of another shape, naming the nearest key.
    """
    content = _merge(base, _translated(base, own), "naming_rules")
    _check_overrides(content)
    return content


# ---- other shapes of a rule ----------------------------------------------------------------------


def _translated(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    rules = dict(own)
    for key, change in _TRANSLATIONS.items():
        if key in rules:
            change(rules, base)
    for key, known in _ENTRIES.items():
        entries = rules.get(key)
        for number, entry in enumerate(entries if isinstance(entries, (list, tuple)) else ()):
            path = f"naming_rules.{key}[{number}]"
            if not isinstance(entry, Mapping):
                raise ConfigError(f"{path}: a mapping is expected here")
            for name in entry:
                if name not in known:
                    raise _unknown(path, name, known)
    for key, complete in (("banks", _bank), ("systems", _system)):
        if isinstance(rules.get(key), (list, tuple)):
            rules[key] = [complete(entry, f"naming_rules.{key}[{n}]") for n, entry in enumerate(rules[key])]
    if isinstance(rules.get("systems"), list):
        rules["systems"] = [entry for entry in rules["systems"] if entry["patterns"]]
    return rules


def _steps(rules: dict[str, Any], base: Mapping[str, Any]) -> None:
    del base
    if isinstance(rules["steps"], Mapping):
        rules["steps"] = {("SPLIT" if key == "X05" else key): value for key, value in rules["steps"].items()}


def _forms(rules: dict[str, Any], base: Mapping[str, Any]) -> None:
    if not isinstance(rules["forms"], Mapping):
        return
    forms = {}
    for name, form in rules["forms"].items():
        if not isinstance(form, Mapping) or not {"canon", "same_as"} & set(form):
            forms[name] = form
            continue
        words = [*([form["canon"]] if "canon" in form else []), *form.get("same_as", ()), *form.get("words", ())]
        rest = {key: value for key, value in form.items() if key not in ("canon", "same_as")}
        forms[name] = {**rest, "words": words}
    rules["forms"] = forms
    del base


def _btypes(rules: dict[str, Any], base: Mapping[str, Any]) -> None:
    own = rules.pop("btypes")
    if not isinstance(own, Mapping):
        raise ConfigError("naming_rules.btypes: a mapping is expected here")
    for kind, words in own.items():
        if kind not in _BRANCH_KEYS:
            raise _unknown("naming_rules.btypes", kind, _BRANCH_KEYS)
        key = _BRANCH_KEYS[kind]
        if isinstance(base[key], Mapping) and not isinstance(words, Mapping):
            words = dict.fromkeys(words, 0)
        rules[key] = {**rules.get(key, {}), **words} if isinstance(words, Mapping) else words


def _templates(rules: dict[str, Any], base: Mapping[str, Any]) -> None:
    del base
    rules["templates"] = rules.pop("bank_templates")


_TRANSLATIONS: Mapping[str, Callable[[dict[str, Any], Mapping[str, Any]], None]] = {
    "steps": _steps,
    "forms": _forms,
    "btypes": _btypes,
    "bank_templates": _templates,
}


def _bank(entry: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return a bank with its form apart from its name, as the packaged ones are."""
    _require(entry, ("id", "full", "class"), path)
    full = str(entry["full"])
    form = _FORM_TAIL.search(full)
    if "form" not in entry and form is not None:
        full = full[: form.start()]
    return {"form": form[0] if form else "", "short": [], **entry, "full": full}


def _system(entry: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return a system with the patterns that its short names make."""
    _require(entry, ("id",), path)
    shorts = [str(word) for word in entry.get("short", ())]
    words = "|".join(map(re.escape, sorted(shorts, key=len, reverse=True)))
    patterns = [
        *entry.get("patterns", ()),
        *(
            (f"{{R}}(?:{words})(?:公司|分公司)?", f"(?:{words})(?:公司)?{{R}}(?:有限公司|分公司|公司)?")
            if words
            else ()
        ),
    ]
    companies = str(entry.get("companies") or entry.get("province") or "").replace("{prov}", "{short}")
    city = str(entry.get("city") or "").replace("{province_company}", "{company}").replace("{city}", "{short}")
    return {
        "group": entry["id"],
        "full": "",
        "keyword": words or "(?!)",
        "companies": companies,
        "branches": {"prefecture": city, "county": city} if city else {},
        "type": "分公司",
        **{key: value for key, value in entry.items() if key not in ("short", "province", "city", "links", "lattice")},
        "patterns": patterns,
    }


def _require(entry: Mapping[str, Any], keys: Sequence[str], path: str) -> None:
    for key in keys:
        if key not in entry:
            raise ConfigError(f"{path}: {key} is missing")


# ---- merging -------------------------------------------------------------------------------------

_OPEN = frozenset(
    {"typos", "verdict_overrides", "messages", "branch_types", "insurer_tiers", "enterprise_branches", "templates"}
    | {"rail_branches", "branch_families", "type_words", "campuses", "english_leading", "english_first_words"}
)
"""Mappings that take any key: words, codes, classes."""
_REPLACED = ("naming_rules.matching", "naming_rules.hierarchy")
"""Settings whose lists say which are on, so that an own one takes the place of the packaged one."""


def _merge(base: Mapping[str, Any], own: Mapping[str, Any], path: str) -> dict[str, Any]:
    result = dict(base)
    for key, value in own.items():
        if key not in base:
            raise _unknown(path, key, base)
        known = base[key]
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            result[key] = {**known, **value} if key in _OPEN else _merge(known, value, f"{path}.{key}")
        elif _is_list(known) and isinstance(value, (list, tuple)):
            if path in _REPLACED:
                known = []
            added = (word if isinstance(word, (Mapping, list)) else str(word) for word in value)
            result[key] = [*known, *(word for word in added if word not in known)]
        elif isinstance(known, str) and isinstance(value, (str, int, float, bool)):
            result[key] = ("on" if value else "off") if isinstance(value, bool) else str(value)
        elif isinstance(known, bool) == isinstance(value, bool) and _is_number(known) and _is_number(value):
            result[key] = value
        else:
            raise ConfigError(f"{path}.{key}: {_shape(known)} is expected here")
    return result


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _shape(known: object) -> str:
    if isinstance(known, Mapping):
        return "a mapping"
    if isinstance(known, bool):
        return "true or false"
    if _is_number(known):
        return "a number"
    return "a text" if isinstance(known, str) else "a list"


def _unknown(path: str, key: object, known: object) -> ConfigError:
    names = [str(name) for name in known]  # type: ignore[attr-defined]  # any collection of keys
    near = difflib.get_close_matches(str(key), names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names)}"
    return ConfigError(f"{path}.{key}: unknown naming rule{hint}")


def _check_overrides(content: Mapping[str, Any]) -> None:
    for code, mode in content["verdict_overrides"].items():
        if code not in SOFT_CODES:
            raise _unknown("naming_rules.verdict_overrides", code, SOFT_CODES)
        if mode not in SOFTENED:
            raise ConfigError(f"naming_rules.verdict_overrides.{code}: {mode!r} is none of {', '.join(SOFTENED)}")
    for code, texts in content["messages"].items():
        if code not in CODES:
            raise _unknown("naming_rules.messages", code, CODES)
        if not isinstance(texts, Mapping) or not set(texts) <= {"zh", "en"}:
            raise ConfigError(f"naming_rules.messages.{code}: zh and en are expected here")
