"""How the API and the engine meet: a topic and two small calls.

Messages carry ids, never entities, and are hints: what is to be done stands
in the database before anything is said here.
"""

from oslo_service import backend

# oslo.messaging takes the backend that is chosen when it is imported, and
# would choose eventlet; so every import of it leads through here.
backend.init_backend(backend.BackendType.THREADING)
