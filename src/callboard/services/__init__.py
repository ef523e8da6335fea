"""The verbs, by noun: plain functions ``verb(work, …)`` that run inside one transaction opened by ``service.Desk``."""
