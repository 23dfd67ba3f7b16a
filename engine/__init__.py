"""Executes GraphQL operations against a Strawberry schema, whatever it is about."""
