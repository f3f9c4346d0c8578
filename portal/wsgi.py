"""The application that gunicorn serves."""

from portal.app import create_app
from portal.settings import load_settings

application = create_app(load_settings())
# This runs before the fork, and no database connection survives one.
application.extensions["portal"].store.close()
