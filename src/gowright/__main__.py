"""``python -m gowright``."""

import sys

from gowright.cli import main

sys.exit(main())
