CREATE VIRTUAL TABLE message_search USING fts5 (body, content = 'messages', content_rowid = 'id');

INSERT INTO message_search (message_search) VALUES ('rebuild');

CREATE TRIGGER messages_search_insert AFTER INSERT ON messages
BEGIN
  INSERT INTO message_search (rowid, body) VALUES (NEW.id, NEW.body);
END;

CREATE TRIGGER messages_search_delete AFTER DELETE ON messages
BEGIN
  INSERT INTO message_search (message_search, rowid, body) VALUES ('delete', OLD.id, OLD.body);
END;
