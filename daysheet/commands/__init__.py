"""The commands, one module per noun; each has a click object called ``command``."""
