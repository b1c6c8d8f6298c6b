"""The packaged word lists, one YAML file each, with their sources; they hold kinds and systems, never companies."""
