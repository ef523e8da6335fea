"""The wire: an HTTP face over the same verbs the console uses.

``protocol`` (sockets, deadlines) → ``server`` (what is mounted where) → ``seam`` (one way in for every dialect: key, limit,
strict JSON, shape, one transaction, answer) → ``dialects/<name>`` (its own words). ``contract`` holds what a dialect is made
of.
"""
