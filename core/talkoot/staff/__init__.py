"""The pages of operators and of municipalities' staff."""
