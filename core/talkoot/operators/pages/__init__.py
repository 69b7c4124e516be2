"""Pages of the installation's operators, one file per subject; views.py gathers them."""
