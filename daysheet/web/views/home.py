"""The first page: what waits, and how the deciding goes."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
