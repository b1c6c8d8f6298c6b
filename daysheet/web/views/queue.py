"""Questions about customers: the queue, the decision, bulk."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
