"""The golden record and the names it is known by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CustomerStatus(StrEnum):
    """Provisional until confirmed by a steward, a valid credit code, an import or repeated reports."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer. *root_id* is where reads go: its own id, or that of the customer it was merged into."""

    id: int
    display_name: str
    status: CustomerStatus
    root_id: int
    short_name: str = ""
    kind: str = ""
    merged_into: int | None = None
    credit_code: str | None = None
    region_code: str | None = None
    city: str | None = None
    industry: str | None = None
    level: str | None = None
    address: str | None = None
    phone: str | None = None
    note: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name a customer is known by. *source* says who gave it: canonical, typed, import, steward, builtin."""

    customer_id: int
    text: str
    key: str
    source: str
    profile: str | None = None  # what counts of it when names are compared (dedupe/profiles)


@dataclass(frozen=True, slots=True)
class NewCustomerFields:
    """
    What is known of a customer about to be filed; *fields* are the columns of the customer record.

    *key* is the match key of the display name and of every alias that *alias_keys* does not name.
    *profiles* (by written form) and *lookup_keys* are what it is found by (dedupe/profiles, dedupe/keys).
    """

    display_name: str
    key: str
    aliases: tuple[str, ...] = ()
    alias_keys: Mapping[str, str] = field(default_factory=dict)
    external_ids: Mapping[str, str] = field(default_factory=dict)  # system → value
    fields: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)
    lookup_keys: frozenset[int] = frozenset()
