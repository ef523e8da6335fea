"""Settings: rooms on the left, lines on the right, each with its effect; a change is written at once and can be taken back."""
