"""Health, mailboxes, alarms, outbox; what machines ask."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
