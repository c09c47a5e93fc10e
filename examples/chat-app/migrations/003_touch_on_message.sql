-- A conversation is as new as its last message.
CREATE TRIGGER messages_touch AFTER INSERT ON messages
BEGIN
  UPDATE conversations SET updated_at = NEW.created_at WHERE id = NEW.conversation_id;
END;
