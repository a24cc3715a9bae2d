"""The embedded development cloud: Keystone, Nova and Zaqar over real HTTP.

It imports nothing else of ours: it is a cloud, and we are one of its users.
Faults can be ordered while it runs, see `faults`.
"""

from autoscale.devcloud.cloud import DevCloud

__all__ = ['DevCloud']
