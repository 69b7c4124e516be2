"""Pages of accounts and memberships, one file per subject; views.py gathers them."""
