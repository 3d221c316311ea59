"""``python -m workflow.inference`` is the ``mevdm`` command."""

import sys

from workflow.inference.command.parser import main

if __name__ == "__main__":
    sys.exit(main())
