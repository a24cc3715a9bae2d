"""Zaqar v2: queues of messages, claims on them, and pre-signed URLs."""

from autoscale.devcloud.messaging.service import Messaging

__all__ = ['Messaging']
