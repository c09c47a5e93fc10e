-- SQLite cannot add a CHECK, so the table is built anew. The attachments that refer to it stay.
CREATE TABLE messages_new (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation_id  INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  role             TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  body             TEXT NOT NULL,
  created_at       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

INSERT INTO messages_new (id, conversation_id, role, body, created_at)
SELECT id, conversation_id, iif(author = 'me', 'user', 'assistant'), body, created_at FROM messages;

DROP TABLE messages;
ALTER TABLE messages_new RENAME TO messages;

CREATE INDEX idx_messages_conversation ON messages (conversation_id, id);
CREATE TRIGGER messages_touch AFTER INSERT ON messages
BEGIN
  UPDATE conversations SET updated_at = NEW.created_at WHERE id = NEW.conversation_id;
END;
