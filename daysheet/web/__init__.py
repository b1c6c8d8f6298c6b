"""The steward's console: pages rendered here, plain forms, one small script of our own."""
