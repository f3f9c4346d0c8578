"""gunicorn's configuration with a clock that a test may set.

The file that CLOCK names holds the seconds by which it is wrong. libfaketime would do for every
call, but not with the sleep of Python 3.11 and later, which it makes fail.
"""

import os
import time
from pathlib import Path

_file, _right = Path(os.environ["CLOCK"]), time.time
# Before anything of the portal is imported, which keeps the function that it finds then.
time.time = lambda: _right() + float(_file.read_text())

from portal.gunicorn_conf import *  # noqa: E402, F403
