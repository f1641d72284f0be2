"""What organisations deliver and how it is taken in: mappings, readers, intake, ledger and receipts."""
