"""Logins where passwords are gone: who grants tokens, where they are kept, when they are renewed."""
