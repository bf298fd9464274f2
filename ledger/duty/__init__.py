"""What the ledger itself owes by now: facts that only time brings about, answers that the record gives."""
