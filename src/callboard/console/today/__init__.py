"""Today: what needs somebody now, worst first, each line with the key that settles it; and the day in four small charts."""
