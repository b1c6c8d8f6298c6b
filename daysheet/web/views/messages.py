"""Messages set aside or ignored: read, worked again, dismissed."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
