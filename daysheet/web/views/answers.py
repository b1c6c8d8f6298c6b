"""Answers that could not be sent, and reports that wait for REPLACE or ADD."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
