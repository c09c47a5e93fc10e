-- Conversations without a title get the beginning of their first message.
UPDATE conversations
SET title = coalesce(
  (SELECT substr(body, 1, 40) FROM messages WHERE conversation_id = conversations.id ORDER BY id LIMIT 1),
  'New conversation'
)
WHERE title = '';
