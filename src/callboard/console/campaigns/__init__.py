"""Campaigns: how each stands, and the queue that hands one person after another with the script and a key an outcome."""
