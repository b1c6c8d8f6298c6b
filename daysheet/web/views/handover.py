"""A leaving rep's customers and open work to another."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
