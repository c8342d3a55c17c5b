"""Kubernetes: a client for its API, an emulated API, and a control plane for one machine."""
