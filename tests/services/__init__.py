"""Servers that tests run against, started and stopped by the tests themselves."""
