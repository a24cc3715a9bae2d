"""How the API and the engine meet: a topic and two small calls.

Messages carry ids, never entities, and are hints: what is to be done stands
in the database before anything is said here.
"""

import sys

# futurist and oslo.utils import eventlet where it is installed, which it is
# since oslo.service asks for it; we do not use it, and it is fifteen
# megabytes. An import of None fails as that of a package which is not there.
sys.modules.setdefault('eventlet', None)  # type: ignore[arg-type]

from oslo_service import backend  # noqa: E402

# oslo.messaging takes the backend that is chosen when it is imported, and
# would choose eventlet; so every import of it leads through here.
backend.init_backend(backend.BackendType.THREADING)
