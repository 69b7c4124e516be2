"""`python -m talkoot.cli`: the same as the `talkoot` command, for children started with this interpreter."""

from talkoot.cli import main

if __name__ == "__main__":
    main()
