CREATE TABLE attachments (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id  INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  content     BLOB NOT NULL
);

CREATE INDEX idx_attachments_message ON attachments (message_id);
