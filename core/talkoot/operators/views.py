"""The operators' blueprint with all its pages."""

from talkoot.operators.pages import adding, rules, tenant, tenants, texts
from talkoot.operators.pages.frame import operators

__all__ = ["adding", "operators", "rules", "tenant", "tenants", "texts"]
