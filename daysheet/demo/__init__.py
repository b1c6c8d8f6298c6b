"""
A small invented company and its mail: what ``./run demo`` feeds through the real pipeline.

This part plays the outside world (reps with Excel, mail programs, odd files), so it may use any
room; nothing else imports it.
"""
