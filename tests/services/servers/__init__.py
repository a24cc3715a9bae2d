"""Private servers of the suite: own data, own port, no other's business.

pifpaf cannot do this here: its drivers refuse to run as root or have no TCP
port, and none starts a server again on the data that it was stopped with.
"""
