"""The application that gunicorn serves."""

import gc

from portal.app import create_app
from portal.settings import load_settings

application = create_app(load_settings())
# This runs before the fork, and no database connection survives one.
application.extensions["portal"].store.close()
# What is here now stays for ever, so the garbage collector need not look at it: each look would
# give every worker a copy of its own of the memory that it shares with the others.
gc.collect()
gc.freeze()
