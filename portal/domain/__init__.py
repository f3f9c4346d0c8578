"""What the service is about: plain values, the standard library only, no clock and no chance."""
