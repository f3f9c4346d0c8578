"""From an event to its count: journal first, then flush; a dead writer's journal is adopted."""
