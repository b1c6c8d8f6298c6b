"""
The figures of docs/reliability.md: what becomes of mail when processes are killed, servers fail and mail is hostile.

``./run figures`` runs every trial of every sweep that it has not run yet and writes the page; a part
of them is run by ``./run test``. A sweep is a module here with a ``SWEEP``; ``figures.py`` lists them.
"""
