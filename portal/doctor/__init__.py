"""The doctor: goes a visitor's way from a computer at the venue, and names what is wrong there."""
