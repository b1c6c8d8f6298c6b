"""Who did what, when."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
