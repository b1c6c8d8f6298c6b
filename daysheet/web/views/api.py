"""The read API."""

from fastapi import APIRouter

router = APIRouter()
