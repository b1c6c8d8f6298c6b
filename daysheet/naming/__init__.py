"""The naming rules: pure, versioned, free of I/O but for the packaged lexicons (docs/concepts/naming.md)."""
