"""Triggers of webhooks: what they say, who may, and what becomes of them."""
