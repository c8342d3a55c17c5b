"""Templates and golden paths: from a form to a running, guarded service."""
