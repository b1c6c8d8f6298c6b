"""Ask the reps whose rows wait which customer they mean: a mail; what they reply becomes a note on the question."""

from collections.abc import Sequence

from daysheet.i18n import text
from daysheet.model.answers import Answer, AnswerKind, CustomerLine, CustomerOutcome
from daysheet.model.documents import answer_to_document
from daysheet.model.mail import MessageState, Reason
from daysheet.model.memory import Review, ReviewState
from daysheet.model.people import Person
from daysheet.model.text import Language
from daysheet.reports import compose
from daysheet.services.access import Visitor
from daysheet.services.deciding import LONGEST_NOTE
from daysheet.services.tools import Tools
from daysheet.store import assignments, audit, customers, desk, outbox, people, queue, reviews
from daysheet.store.audit import Entry
from daysheet.store.desk import WaitingRow
from daysheet.store.engine import Connection

MOST_ASKED = 5
"""Reps who are asked at once: those who wrote of the customer last."""
_ROWS = 200
_OWN = 500
"""Own customers of a rep that may be named to them."""


def ask(tools: Tools, visitor: Visitor, review_id: int, question: str) -> tuple[str, ...] | None:
    """
    Send *question* with the name in question to the reps whose rows wait, and return their names.

    The same question sent twice is one mail. Empty where nobody can be asked or nothing is;
    None for a question that the visitor does not see.
    """
    said = question.strip()[:LONGEST_NOTE]
    with tools.database.writing() as connection:
        customers.guard(connection)
        review = reviews.get(connection, tools.tables, review_id)
        if review is None or not queue.visible(connection, [review.customer_id], visitor.scope):
            return None
        if not said or review.state is not ReviewState.OPEN:
            return ()
        rows = desk.waiting_rows(connection, tools.tables, review.customer_id, visitor.scope, _ROWS)
        newest = {row.rep_id: row for row in reversed(rows) if row.rep_id is not None}
        reps = people.find_by_ids(connection, newest)
        asked = [one for one in map(reps.get, newest) if one is not None and one.is_active and one.address]
        asked = sorted(asked, key=lambda one: -newest[one.id].submission_id)[:MOST_ASKED]
        usual = {text("review.ask-text", language, name=review.name) for language in Language}
        sent = [
            one
            for one in asked
            if _send(
                connection,
                tools,
                visitor,
                review,
                one,
                newest[one.id],
                # the question as it is proposed reaches each in their own language
                text("review.ask-text", tools.language_of(one), name=review.name) if said in usual else said,
            )
        ]
        if sent:
            names = ", ".join(one.name for one in sent)
            reviews.note(connection, review_id, f"→ {names}: {said}", visitor.actor, tools.clock())
            after = {"text": said, "people": [one.number for one in sent]}
            audit.append(
                connection, [Entry("review.asked", "review", review_id, None, after, visitor.actor.name)], tools.clock()
            )
        return tuple(one.name for one in asked)


def language_for(tools: Tools, rows: Sequence[WaitingRow]) -> Language:
    """Return the language in which to propose a question: that of the first who would be asked."""
    spoken = next((row.rep_language for row in rows if row.rep_id is not None), None)
    return spoken or tools.house.language


def _send(
    connection: Connection, tools: Tools, visitor: Visitor, review: Review, rep: Person, row: WaitingRow, question: str
) -> bool:
    answer = Answer(
        kind=AnswerKind.QUESTION,
        language=tools.language_of(rep),
        state=MessageState.PARTLY,
        reason=Reason.HAS_ISSUES,
        rep_name=rep.name,
        subject=row.subject,
        report_date=row.report_date,
        customers=(CustomerLine(review.name, review.name, CustomerOutcome.REVIEW, review.rows_waiting),),
        note=question,
        by=visitor.person.name,
        review=review.id,
        candidates=_candidates(connection, tools, review, rep),
    )
    mail = outbox.NewMail(
        inbound_id=row.inbound_id,
        submission_id=row.submission_id,
        kind=AnswerKind.QUESTION,
        recipient=rep.address,
        cc=(),
        message_id=compose.message_id(
            f"review {review.id} {question}", rep.id, AnswerKind.QUESTION, tools.house.domain
        ),
        in_reply_to=row.message_id,
        references=(row.message_id,) if row.message_id else (),
        payload=answer_to_document(answer),
    )
    return outbox.enqueue(connection, mail, tools.clock()) is not None


def _candidates(connection: Connection, tools: Tools, review: Review, rep: Person) -> tuple[str, ...]:
    """Return the candidates as the rep may see them: others' customers without their names (data.md 10)."""
    today = tools.day_of(tools.clock(), rep)
    own = {one.id for one in assignments.own_customers(connection, rep.id, today, _OWN)}
    return tuple(one.display_name if one.customer_id in own else "" for one in review.candidates)
