"""The values that flow through Daysheet: frozen, printable, free of I/O. Start reading here."""
