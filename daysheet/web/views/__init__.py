"""The pages, a module per room of the console."""
