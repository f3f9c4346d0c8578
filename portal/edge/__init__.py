"""What nginx needs to stand in front: its configuration, made from the portal's own rules."""
