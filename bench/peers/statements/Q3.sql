SELECT json_build_object('data', json_build_object('organization', json_build_object(
    'templates', json_build_object('nodes', json_agg(json_build_object(
        'id', t.id, 'name', t.name, 'status', t.status, 'updatedAt', t.updated_at,
        'author', json_build_object('id', u.id, 'firstName', u.first_name, 'lastName', u.last_name),
        'comments', json_build_object('nodes', comments.found),
        'approval', approval.found
    ) ORDER BY t.updated_at DESC, t.id DESC))
)))::text
FROM (
    SELECT t.* FROM templates AS t
    WHERE t.organization_id = (SELECT id FROM organizations WHERE slug = $1)
    ORDER BY t.updated_at DESC, t.id DESC LIMIT $2
) AS t
JOIN users AS u ON u.id = t.author_id
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'id', c.id, 'body', c.body, 'createdAt', c.created_at,
        'author', json_build_object('id', u.id, 'firstName', u.first_name, 'lastName', u.last_name)
    ) ORDER BY c.created_at DESC, c.id DESC), '[]') AS found
    FROM (
        SELECT c.* FROM comments AS c WHERE c.subject_id = t.id
        ORDER BY c.created_at DESC, c.id DESC LIMIT 5
    ) AS c JOIN users AS u ON u.id = c.author_id
) AS comments
LEFT JOIN LATERAL (
    SELECT json_build_object('id', a.id, 'status', a.status, 'steps', (
        SELECT coalesce(json_agg(json_build_object(
            'id', s.id, 'position', s.position, 'status', s.status, 'decidedAt', s.decided_at,
            'approver',
            json_build_object('id', u.id, 'firstName', u.first_name, 'lastName', u.last_name)
        ) ORDER BY s.position), '[]')
        FROM approval_steps AS s JOIN users AS u ON u.id = s.approver_id
        WHERE s.approval_id = a.id
    )) AS found
    FROM approvals AS a WHERE a.id = t.approval_id
) AS approval ON true
