"""``python -m gowright``."""

import sys

from gowright.cli.main import main

sys.exit(main())
