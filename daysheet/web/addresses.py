"""What may stand in an address, the same for every view: bounds before anything is looked up."""

from typing import Annotated

from fastapi import Query

LARGEST_ID = 2**62
"""An id beyond it is nobody's, and more than a database's integer holds is not asked for."""
PageNumber = Annotated[int, Query(alias="page", ge=1, le=10_000)]
