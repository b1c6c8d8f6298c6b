"""``daysheet names``: what the naming rules say."""

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from daysheet.commands.session import NOT_ACCEPTED, emit, open_tools, plain, settings_of
from daysheet.model.text import Language

if TYPE_CHECKING:
    from daysheet.model.decisions import Decision
    from daysheet.services.names import Checked

_LANGUAGE = click.option("--lang", type=click.Choice(["zh", "en"]), help="Language (default: the company's).")


@click.group()
def command() -> None:
    """Try the naming rules: check names, compare two."""


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--db", "with_database", is_flag=True, help="Also say which known customer it is; stores nothing.")
@_LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per name.")
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], with_database: bool, lang: str | None, as_json: bool) -> None:
    """Say what the rules make of each NAME: verdict, canonical form, parts, every change; exit 6 for a rejected one."""
    from daysheet import wiring
    from daysheet.services import names as service

    settings = settings_of(ctx)
    language = Language(lang) if lang else settings.company.language
    decisions: list[Decision | None] = [None] * len(names)
    if with_database:
        with open_tools(ctx) as (_, tools):
            checked = [service.check(tools.naming, name, language) for name in names]
            decisions = [service.known(tools, one.parse) for one in checked]
    else:
        naming = wiring.open_naming(settings)
        checked = [service.check(naming, name, language) for name in names]
    for number, (one, made) in enumerate(zip(checked, decisions, strict=True)):
        if as_json:
            emit(_as_json(one, made))
            continue
        if number:
            click.echo()
        click.echo(one.parse.raw)
        lines = list(_lines(one, made, language))
        widest = max(_width(label) for label, _ in lines)
        for label, said in lines:
            click.echo(f"  {label}{' ' * (widest - _width(label))}  {said}")
    if any(one.parse.is_rejected for one in checked):
        ctx.exit(NOT_ACCEPTED)


def _lines(one: "Checked", made: "Decision | None", language: Language) -> Iterator[tuple[str, str]]:
    from daysheet.i18n import text
    from daysheet.services.names import decision_text

    yield text("name.verdict", language), one.status
    if not one.parse.is_rejected:
        yield text("name.canonical", language), one.parse.canonical
    for message in one.messages:
        yield text("name.message", language), f"{message.code}  {message.text}"
    for suggestion in one.parse.verdict.suggestions:
        yield text("name.suggestion", language), suggestion
    for edit in one.parse.edits:
        step = text(f"step.{edit.code}", language)
        yield text("name.edit", language), f"{edit.code}  {edit.before or '–'} → {edit.after or '–'}  ({step})"
    for part, said in one.parts.items():
        yield text(f"part.{part}", language), said
    if made is not None:
        yield text("name.known", language), decision_text(made, language)


def _as_json(one: "Checked", made: "Decision | None") -> dict[str, object]:
    parse = one.parse
    said: dict[str, object] = {
        "name": parse.raw,
        "status": parse.verdict.status,
        "canonical": parse.canonical,
        "messages": one.messages,
        "suggestions": parse.verdict.suggestions,
        "parts": one.parts,
        "edits": parse.edits,
        "ruleset_version": parse.verdict.ruleset_version,
    }
    if made is not None:
        said |= {"decision": type(made).__name__, **plain(made)}
    return {key: plain(value) for key, value in said.items()}


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


@command.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@_LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def compare(ctx: click.Context, a: str, b: str, lang: str | None, as_json: bool) -> None:
    """Say what two names are to each other, and why; exit 6 where one of them is rejected."""
    from daysheet import wiring
    from daysheet.i18n import text
    from daysheet.services import names as service

    settings = settings_of(ctx)
    language = Language(lang) if lang else settings.company.language
    found = service.compare(wiring.open_naming(settings), a, b, language)
    if as_json:
        emit(
            {
                "a": found.a.canonical,
                "b": found.b.canonical,
                **plain(found.outcome),
                "reasons": [
                    {"code": code.removeprefix("compare."), "text": said}
                    for code, said in zip(found.outcome.reasons, found.reasons, strict=True)
                ],
            }
        )
    else:
        click.echo(f"{found.relation}  ({', '.join(found.reasons)})")
        if found.belongs:
            click.echo(f"  {found.belongs}")
        for parse in (found.a, found.b):
            click.echo(f"  {parse.raw}" + (f" → {parse.canonical}" if parse.canonical != parse.raw else ""))
        if found.outcome.features:
            click.echo(f"  {text('feature.score', language, score=f'{found.outcome.score:.2f}')}")
            for feature in found.outcome.features:
                click.echo(f"    {feature.name}  {feature.score:.2f} × {feature.weight:.2f}")
    if found.a.is_rejected or found.b.is_rejected:
        ctx.exit(NOT_ACCEPTED)
