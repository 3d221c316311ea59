"""A step that Snakemake started ends when Snakemake has ended.

Snakemake ends its jobs itself when it is interrupted, but not when it is killed. A job that lives on would hold the
lock of its run. The rules name the process of Snakemake in the environment; a step that samples looks for it every
second.
"""

import os
import signal
import threading
import time

from workflow.inference.command.lock import birth_of

VARIABLE = "MEVDM_PARENT"
SECONDS = 1.0


def end_with_parent() -> None:
    """End this process soon after the process that the environment names, if it names one."""
    named = os.environ.get(VARIABLE, "")
    if not (named.isascii() and named.isdigit()):
        return
    pid = int(named)
    birth = birth_of(pid)

    def watch() -> None:
        while birth and birth_of(pid) == birth:
            time.sleep(SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)  # checkpoints are whole at any time, and workers notice the broken pipe

    threading.Thread(target=watch, daemon=True, name="parent").start()
