"""What alarm services send, read into one Alarm.

A reader has a `priority` (lower is asked first), `recognises(body)` for a
parsed JSON value, a text, or None, and `read(body)`, which answers with an
Alarm for whatever it recognised and never raises.
"""
