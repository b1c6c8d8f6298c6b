"""``daysheet reviews``: the stewards' queue without the console."""

import click

from daysheet.commands.session import by_option, emit, open_tools, refuse, say


@click.group()
def command() -> None:
    """List the questions to the stewards, answer them, take an answer back."""


@command.command("list")
@click.option(
    "--state",
    type=click.Choice(["open", "decided", "withdrawn"]),
    default="open",
    show_default=True,
    help="Which ones.",
)
@click.option("--kind", type=click.Choice(["name", "duplicate", "parent"]), help="Only questions of this kind.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per question.")
@click.pass_context
def list_(ctx: click.Context, state: str, kind: str | None, limit: int, as_json: bool) -> None:
    """List questions: the open ones by the rows that wait for them, the others newest first."""
    from daysheet.model.memory import ReviewKind, ReviewState
    from daysheet.services.reviews import listed

    with open_tools(ctx) as (_, tools):
        found = listed(tools, ReviewState(state), ReviewKind(kind) if kind else None, limit)
    for review in found:
        if as_json:
            emit(review)
            continue
        candidates = "; ".join(f"{c.customer_id} {c.display_name} {c.score:.2f}" for c in review.candidates)
        said = f"{review.says} ({review.actor})" if review.says else review.state
        cells = (review.id, review.kind, said, review.rows_waiting, review.customer_id, review.name, candidates)
        click.echo("\t".join(str(cell) for cell in cells))
    say(f"{len(found)} {state}")


@command.command()
@click.argument("review_id", type=int, metavar="ID")
@click.argument("says", type=click.Choice(["same", "different", "related", "unsure"]))
@click.option("--with", "customer_id", type=int, help="The customer meant (default: the only candidate).")
@click.option("--reason", default="", help="Why; kept with the decision.")
@by_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def decide(
    ctx: click.Context,
    review_id: int,
    says: str,
    customer_id: int | None,
    reason: str,
    by: str | None,
    as_json: bool,
) -> None:
    """Answer a question.

    same: merge into the customer meant. different: keep them apart for good (without --with: from
    every candidate). related: it belongs under the customer meant. unsure: leave it open, with the
    reason as a note.
    """
    from daysheet.model.memory import Refusal, Says
    from daysheet.services.reviews import Answer
    from daysheet.services.reviews import decide as take

    with open_tools(ctx) as (_, tools):
        done = take(tools, review_id, Answer(Says(says), customer_id, reason), by=by)
        if isinstance(done, Refusal):
            refuse(ctx, tools, done, as_json=as_json)
    if as_json:
        emit(done)
    else:
        merged = f", merge m{done.event.id}" if done.event else ""
        click.echo(f"review {review_id}\t{done.review.state}\t{says}{merged}")


@command.command("take-back")
@click.argument("review_id", type=int, metavar="ID")
@click.option("--reason", default="", help="Why; kept in the log.")
@by_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def take_back(ctx: click.Context, review_id: int, reason: str, by: str | None, as_json: bool) -> None:
    """Undo what an answer did (the merge, the judgements, the link) and ask again."""
    from daysheet.model.memory import Refusal
    from daysheet.services.reviews import take_back as undo

    with open_tools(ctx) as (_, tools):
        done = undo(tools, review_id, reason=reason, by=by)
        if isinstance(done, Refusal):
            refuse(ctx, tools, done, as_json=as_json)
    if as_json:
        emit(done)
    else:
        click.echo(f"review {review_id}\t{done.review.state}")


@command.command()
@click.argument("judgement_id", type=int, metavar="JUDGEMENT")
@by_option
@click.pass_context
def revoke(ctx: click.Context, judgement_id: int, by: str | None) -> None:
    """Let one "different" bind no longer; a refused merge names the judgement's number."""
    from daysheet.services.reviews import revoke as lift

    with open_tools(ctx) as (_, tools):
        lift(tools, judgement_id, by=by)
    click.echo(f"judgement {judgement_id}\trevoked")
