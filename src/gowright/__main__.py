"""``python -m gowright``."""

import sys

from gowright.entry import main

sys.exit(main())
