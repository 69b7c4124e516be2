"""Community forums: permanent forums of municipalities and their areas, whose questions reach a body that owes an answer."""
