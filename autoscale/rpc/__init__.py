"""How the API and the engine meet: a topic and two small calls.

Messages carry ids, never entities, and are hints: what is to be done stands
in the database before anything is said here.
"""

import warnings

# futurist imports eventlet where it is installed, and eventlet says at each
# import that it should not be used. We do not use it.
warnings.filterwarnings('ignore', message=r'\s*Eventlet is deprecated')

from oslo_service import backend  # noqa: E402

# oslo.messaging takes the backend that is chosen when it is imported, and
# would choose eventlet; so every import of it leads through here.
backend.init_backend(backend.BackendType.THREADING)
