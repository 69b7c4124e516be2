"""The data layer: column types, models' bases, engines, and the session that is pinned to one tenant."""

from talkoot.db.engine import Database
from talkoot.db.model import Base, Id, Json, TenantOwned, UtcDateTime, tenant_index, tenant_key, tenant_unique
from talkoot.db.numbering import next_number
from talkoot.db.session import TenantSession, for_tenant

__all__ = [
    "Base",
    "Database",
    "Id",
    "Json",
    "TenantOwned",
    "TenantSession",
    "UtcDateTime",
    "for_tenant",
    "next_number",
    "tenant_index",
    "tenant_key",
    "tenant_unique",
]
