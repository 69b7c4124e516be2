"""Outgoing mail: composed at delivery from ids, in the person's language and the tenant's name."""
