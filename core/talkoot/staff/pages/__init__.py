"""Pages of a municipality's staff, one file per subject; views.py gathers them."""
