"""The console: the office's and the owners' pages, for people who have signed in."""
