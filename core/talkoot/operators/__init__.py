"""The pages of the installation's operators: municipalities, regions, addresses, plugins by tier."""
