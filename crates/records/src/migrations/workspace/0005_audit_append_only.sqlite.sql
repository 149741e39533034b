-- Folded text of the entry, for searching without regard to case in any script.
ALTER TABLE audit_entry ADD COLUMN search_fold TEXT NOT NULL DEFAULT '';

CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
