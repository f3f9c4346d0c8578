"""The gateways' side of each protocol, for tests: what they send, and what they refuse."""
