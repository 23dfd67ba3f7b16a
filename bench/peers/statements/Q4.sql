SELECT json_build_object('data', json_build_object('organization', json_build_object(
    'templates', json_build_object('nodes', json_agg(json_build_object(
        'id', t.id, 'name', t.name, 'description', t.description, 'category', t.category,
        'tags', t.tags, 'status', t.status, 'metadata', t.metadata, 'createdAt', t.created_at,
        'updatedAt', t.updated_at, 'version', t.version
    ) ORDER BY t.updated_at DESC, t.id DESC))
)))::text
FROM (
    SELECT t.* FROM templates AS t
    WHERE t.organization_id = (SELECT id FROM organizations WHERE slug = $1)
    ORDER BY t.updated_at DESC, t.id DESC LIMIT $2
) AS t
