"""The QualifyBase dialect: /api/v1 under keys that begin with qbk_live_."""
