"""Column kinds as they were when the first schema was made; a migration never follows the tables of today."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
