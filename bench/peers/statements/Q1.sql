SELECT json_build_object('data', json_build_object('template', json_build_object(
    'id', t.id, 'name', t.name, 'description', t.description, 'category', t.category,
    'tags', t.tags, 'status', t.status, 'createdAt', t.created_at, 'updatedAt', t.updated_at,
    'version', t.version,
    'author', json_build_object('id', u.id, 'firstName', u.first_name, 'lastName', u.last_name)
)))::text
FROM templates AS t JOIN users AS u ON u.id = t.author_id
WHERE t.id = $1::text::uuid
