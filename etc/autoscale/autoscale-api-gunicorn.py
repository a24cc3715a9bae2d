# The API under gunicorn: gunicorn --config autoscale-api-gunicorn.py
wsgi_app = 'autoscale.wsgi.api:application'
bind = '127.0.0.1:8779'
workers = 4
worker_class = 'gthread'
threads = 8
# Longer than that of the proxy in front, so that it is not the one who
# sends a request into a connection that is being closed.
keepalive = 75
# A preview waits this long for an engine, and a little more.
timeout = 60
graceful_timeout = 30
# The secrets of webhooks are in URLs: no access log.
accesslog = None
