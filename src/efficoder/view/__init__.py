"""LOOKING AT RUNS: local pages for a browser, read-only; they read the rows while a run writes them.

serve.py    the server: this machine alone, a token in every address, nothing but reading
site.py     an address to a page
lists.py    runs, tasks, models and drops, counted and cut into pages by SQLite
task.py     one task with its candidates
"""

from efficoder.view.serve import Server

__all__ = ["Server"]
