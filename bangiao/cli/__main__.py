"""`python -m bangiao.cli`: the same command line without the installed script."""

from bangiao.cli import main

main()
