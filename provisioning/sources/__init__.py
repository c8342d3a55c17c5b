"""Where blueprints are read from: folders of the server, and Git repositories with tags."""
