"""The test kit, for Talkoot's own tests and for plugins' alike: a pytest plugin and what its fixtures are made of.

Installed as a pytest plugin by itself (`talkoot.testing.fixtures`). Every test that asks for `app` runs on SQLite and on
PostgreSQL, with two municipalities and a region, people in every role, and rows in the other municipality that must
never show. docs/testing.md tells how to use it.
"""
