"""callboard: schedule and run customer video calls from a terminal, with an HTTP API beside it.

Reading order: ``domain`` (nouns and rules) → ``storage`` (rows) → ``services`` (verbs, the transaction boundary) →
the three faces ``console`` (operator), ``web`` (wire) and ``scheduler`` (clock) → ``bootstrap`` (puts them together).

The import rule, downward only:
``__main__ > cli > bootstrap > console | web | scheduler > services | gateways > storage > domain, settings``.
One way through: face → service verb → domain rule → event → rows → commit → announcement → faces ask again.
"""

__version__ = "0.1.0"
