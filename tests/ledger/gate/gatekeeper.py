"""A gate on a real socket: `python gatekeeper.py FOLDER SECONDS GRACE` says where, and serves until told.

Requests that have not come in so many seconds, and answers that are not read, are hung up on.
"""

import sys
from pathlib import Path

from starlette.applications import Starlette

from mingdan.ledger.gate import listening
from mingdan.ledger.gate.application import gate
from mingdan.ledger.gate.listening import listen
from mingdan.ledger.gate.patience import Patient
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.workspace import using_workspace


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    folder, Patient.seconds = Path(sys.argv[1]), float(sys.argv[2])
    listening.GRACE = listening.FINISH = float(sys.argv[3])
    with using_workspace(folder) as workspace, Clerk(folder) as clerk:
        app = gate(clerk, workspace, page_of=str, write=say)
        listen(Starlette(routes=[app]), "gate", "127.0.0.1", 0, say)
