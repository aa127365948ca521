"""The paper's Tables 2 and 3 with ours beside them, and what the differences come from: docs/paper-tables.md."""
