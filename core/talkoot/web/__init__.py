"""The web layer: rendering, errors, forms, headers, the anonymous page cache."""
