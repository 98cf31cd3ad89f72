"""How each language is set up, built, linted, tested and released. It needs Python 3.11 and nothing else.

`cli` takes the command, `process` runs what a task runs, `stamp` says what is up to date, `tally` counts tests; the
other modules are a topic each. The rule of them all: what fails raises, and nothing goes on behind it.
"""
