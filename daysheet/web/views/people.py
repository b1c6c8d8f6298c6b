"""Who may sign in, and how much they see."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
