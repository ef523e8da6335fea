"""Small modal screens: a question, a choice, help, the set-up."""
