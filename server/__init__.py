"""The front door: settings, engines, the ASGI application and the command line."""
