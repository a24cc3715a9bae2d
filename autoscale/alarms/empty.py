"""A call without a body that we could read: it is a trigger all the same.

Scripts post nothing, or text; what they mean is the URL.
"""

from autoscale.model import alarm


class EmptyReader:
    priority = 100

    @staticmethod
    def recognises(body: object) -> bool:
        return not isinstance(body, dict)

    @staticmethod
    def read(body: object) -> alarm.Alarm:
        return alarm.Alarm(source='empty', state=alarm.ALARM)
