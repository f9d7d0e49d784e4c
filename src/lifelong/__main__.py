"""`python -m lifelong`: the command line."""

from lifelong.entrypoints.cli.main import main

main()
