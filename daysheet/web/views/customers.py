"""The customer: search, everything known, merge and unmerge, names and links."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
