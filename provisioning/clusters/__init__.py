"""Clusters that namespaces are made in: their profiles, how they are reached, which one serves whom."""
