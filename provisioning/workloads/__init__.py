"""What runs of a component: read from the clusters, a few lists at a time, for the card on its page."""
