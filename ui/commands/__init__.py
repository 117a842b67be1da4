"""The commands of `lotsen`, one file for each. They know nothing of how the work is done."""
