"""Rows that were not accepted: repaired in place or sent back."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
