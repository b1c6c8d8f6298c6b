"""The console, asked as a browser asks."""
