"""Recognising the customer that a name means (docs/concepts/naming.md)."""
