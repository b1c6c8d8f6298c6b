"""Daysheet: from e-mailed Excel daily reports to one clean customer database."""
