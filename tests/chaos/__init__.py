"""A small town: users, applications and bad weather, for some minutes.

`python -m tests.chaos --minutes 5` starts a deployment and a cloud, lets
everybody do what they like while servers and services fail, and looks from
outside whether all that was promised has been kept.
"""
