"""Tenants: regions, co-operation areas and municipalities, their addresses, areas, settings and ties over time."""
