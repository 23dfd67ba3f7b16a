"""Processes that hostile input may kill: a job that does so costs one worker, and nobody else.

`crew.Crew` is what others make their pools of. Nothing is imported here, so that a worker loads
only what it works with.
"""
