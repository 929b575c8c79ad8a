"""Run the command line: python -m web."""

from web.cli import main

main()
