"""`python -m omni` is the `omni` command."""

from omni.app import main

main()
