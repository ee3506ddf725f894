"""PostgreSQL, as a service reaches it by GORM: the same server."""

from __future__ import annotations

from gowright.verify.backends.database.postgres import Backend as Backend
