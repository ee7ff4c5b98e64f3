"""The command line: one file a room, imported when its command is called.

``main`` lists the commands and decides how a run ends; ``exits`` says what each exit
code means; ``shell`` carries the global options to a command. Results go to stdout,
progress and errors to stderr.
"""
