"""The QTvoice dialect: /api/v1 under keys that begin with qtv_."""
