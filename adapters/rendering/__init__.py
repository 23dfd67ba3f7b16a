"""Templates become mails here, in processes of their own that hostile input may kill.

`pool.Renderer` is what others call. Nothing is imported here, so that a worker loads only what
it renders with.
"""
