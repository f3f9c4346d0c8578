"""The read API: the console's numbers for programs, with a token of whoever may see them."""
