"""
The whole service in one process: poll, work, send, tell what is due by the clock, account, watch.

Every job holds a lease row, so that two processes on one database share the work instead of
doing it twice.
"""

import signal
from collections.abc import Callable
from threading import Event

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from daysheet import wiring
from daysheet.config import Settings
from daysheet.errors import DaysheetError, LeaseHeld
from daysheet.services import digests, outbox, retention, watch
from daysheet.services.account import account
from daysheet.services.process import process_pending
from daysheet.services.receive import poll
from daysheet.services.tools import Tools

log = structlog.get_logger()


def serve(settings: Settings, tools: Tools, stop: Event) -> None:
    """Run every job until *stop* is set (SIGTERM and SIGINT set it); the message under way is finished first."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    scheduler = build(settings, tools, stop)
    scheduler.start()
    log.info("serve.started", mailboxes=list(settings.mailboxes))
    stop.wait()
    scheduler.shutdown(wait=True)
    log.info("serve.stopped")


def build(settings: Settings, tools: Tools, stop: Event) -> BackgroundScheduler:
    """Return the scheduler with its jobs, not started; they end early once *stop* is set."""
    schedule, zone = settings.schedule, settings.company.timezone
    # one thread for what comes in (the reader takes one file at a time), one for what goes out: a mail
    # server that lets every mail wait for its deadline must not keep reports from being read; and one
    # for digests: working out a large company's week takes minutes; and one that watches all of them
    scheduler = BackgroundScheduler(
        timezone=zone,
        executors={name: ThreadPoolExecutor(1) for name in ("default", "out", "digests", "watch")},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    now = wiring.now()
    hour, minute = schedule.account.split(":")
    later = int(hour) * 60 + int(minute) + 30
    jobs: list[tuple[str, Callable[[], None], IntervalTrigger | CronTrigger]] = [
        (
            "poll",
            lambda: poll_and_work(settings, tools, stop),
            IntervalTrigger(seconds=schedule.poll_seconds, timezone=zone),
        ),
        ("send", sending(settings, tools, stop), IntervalTrigger(seconds=schedule.send_seconds, timezone=zone)),
        ("digests", telling(tools, stop), IntervalTrigger(seconds=DIGESTS_SECONDS, timezone=zone)),
        ("watch", watching(settings, tools), IntervalTrigger(minutes=1, timezone=zone)),
        ("account", lambda: close_books(tools), CronTrigger(hour=hour, minute=minute, timezone=zone)),
        # half an hour later, so that the books are closed over what is about to go
        (
            "retention",
            lambda: remove_old_bytes(tools, stop),
            CronTrigger(hour=later // 60 % 24, minute=later % 60, timezone=zone),
        ),
    ]
    for name, job, trigger in jobs:
        options = {} if name in _DAILY else {"next_run_time": now}
        scheduler.add_job(job, trigger, id=name, executor=_EXECUTORS.get(name, "default"), **options)
    scheduler.add_listener(_log_failure, EVENT_JOB_ERROR)
    return scheduler


DIGESTS_SECONDS = 60
"""After so long it is looked again what mail is due by the clock."""
_DAILY = ("account", "retention")
_EXECUTORS = {"send": "out", "digests": "digests", "watch": "watch", "retention": "digests"}


def poll_and_work(settings: Settings, tools: Tools, stop: Event) -> None:
    """One pass over every mailbox, then over everything that waits; a mailbox in trouble does not stop the others."""
    for name, box in settings.mailboxes.items():
        try:
            received = poll(tools, wiring.open_mailbox(name, box, settings), batch=box.batch)
            log.info("mailbox.polled", mailbox=name, fetched=received.fetched, waiting=received.waiting)
        except LeaseHeld:
            log.debug("mailbox.busy", mailbox=name)
        except DaysheetError as error:
            log.warning("mailbox.failed", mailbox=name, error=str(error))
        if stop.is_set():
            return
    for _ in process_pending(tools):
        if stop.is_set():
            return


def sending(settings: Settings, tools: Tools, stop: Event) -> Callable[[], None]:
    """Return the job that sends every answer that is due; it keeps its pace from one pass to the next."""
    delivery = wiring.open_delivery(settings)

    def send() -> None:
        try:
            outbox.flush(tools, delivery, should_stop=stop.is_set)
        except LeaseHeld:
            log.debug("outbox.busy")
        finally:
            delivery.close()

    return send


def telling(tools: Tools, stop: Event) -> Callable[[], None]:
    """
    Return the job that queues what is due by the clock; looking whether anything is costs little.

    What cannot be made is left alone for a while: it is remembered from one run to the next.
    """
    resting: digests.Resting = {}

    def tell() -> None:
        try:
            digests.run_due(tools, resting=resting, should_stop=stop.is_set)
        except LeaseHeld:
            log.debug("digests.busy")

    return tell


def watching(settings: Settings, tools: Tools) -> Callable[[], None]:
    """Return the job that looks at what an operator must hear of; it remembers from one look to the next."""
    watched = watch.Watched(tuple(settings.mailboxes), settings.data_dir, wiring.login_conditions(settings))
    memory = watch.Memory()

    def look() -> None:
        try:
            watch.look(tools, watched, memory)
        except LeaseHeld:
            log.debug("watch.busy")

    return look


def close_books(tools: Tools) -> None:
    """Account for every message; what does not close is an error in the log, and an alarm."""
    books = account(tools)
    watch.account_for(tools, books)
    if books.is_closed:
        log.info("account.closed", messages=books.messages)
    else:
        log.error("account.open", faults=list(books.faults))


def remove_old_bytes(tools: Tools, stop: Event) -> None:
    """Remove the raw bytes that the settings no longer want kept."""
    try:
        done = retention.run(tools, should_stop=stop.is_set)
        log.info("retention.done", messages=done.messages, files=done.files, orphans=done.orphans)
    except LeaseHeld:
        log.debug("retention.busy")


def _log_failure(event: JobExecutionEvent) -> None:
    log.error("job.failed", job=event.job_id, error=repr(event.exception))
