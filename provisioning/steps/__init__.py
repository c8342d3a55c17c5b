"""The steps of a request's life, a file each."""
