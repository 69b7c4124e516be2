"""Files that people send: pictures drawn anew, where they are kept, who may see them, how they go away."""
