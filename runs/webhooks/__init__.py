"""Telling others what happens, as Standard Webhooks has it (www.standardwebhooks.com, specification 1.0)."""
