"""The campaign that comes with Omni: real content to look at, told to be sample data."""
