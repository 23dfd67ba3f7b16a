SELECT json_build_object('data', json_build_object('organization', json_build_object(
    'templates', json_build_object('nodes', json_agg(json_build_object(
        'id', t.id, 'name', t.name, 'status', t.status, 'updatedAt', t.updated_at,
        'author', json_build_object('id', u.id, 'firstName', u.first_name, 'lastName', u.last_name)
    ) ORDER BY t.updated_at DESC, t.id DESC))
)))::text
FROM (
    SELECT t.* FROM templates AS t
    WHERE t.organization_id = (SELECT id FROM organizations WHERE slug = $1)
    ORDER BY t.updated_at DESC, t.id DESC LIMIT $2
) AS t JOIN users AS u ON u.id = t.author_id
