"""The pages of a site that no plugin owns: front page of the installation, home, areas, legal texts, feedback."""
