"""Keystone v3: who may ask, and on whose behalf."""

from autoscale.devcloud.identity.service import Identity

__all__ = ['Identity']
