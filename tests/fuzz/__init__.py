"""Odd mails and workbooks by the thousand: mutations under fixed seeds, and generation by structure."""
