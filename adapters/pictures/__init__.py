"""Pictures that people upload become pictures of ours, in processes that hostile ones may kill.

`pool.Pictures` is what others call. Nothing is imported here, so that a worker loads only what
it works with.
"""
