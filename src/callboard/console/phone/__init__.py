"""The telephone: conversations, calls, voicemails, contacts; and the strip that rises when somebody calls."""
