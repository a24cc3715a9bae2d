"""autoscale-demo: the main job, seen happening on the embedded cloud.

It stands apart from the service: it starts `autoscale-standalone` as a
person would, speaks HTTP to it, and believes the cloud, not the service.
"""

from autoscale.cmd.demo.command import main

__all__ = ['main']
