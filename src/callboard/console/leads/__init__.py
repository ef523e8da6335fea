"""Leads and contacts: everyone known, found, filtered, changed, brought in and written out."""
