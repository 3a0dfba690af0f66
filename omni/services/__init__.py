"""The verbs of Omni: fn(tx, now, *, ...) -> outcome. None commits, none asks for the time."""
