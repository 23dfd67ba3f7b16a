SELECT json_build_object('data', json_build_object('organization', json_build_object(
    'templates', json_build_object(
        'totalCount', (SELECT count(*) FROM templates WHERE organization_id = o.id),
        'pageInfo', json_build_object(
            'hasNextPage', count(*) > $2::int,
            'endCursor', min(t.cursor) FILTER (WHERE t.place = $2::int)
        ),
        'nodes', json_agg(json_build_object(
            'id', t.id, 'name', t.name, 'status', t.status, 'updatedAt', t.updated_at
        ) ORDER BY t.place) FILTER (WHERE t.place <= $2::int)
    )
)))::text
FROM organizations AS o CROSS JOIN LATERAL (
    SELECT t.id, t.name, t.status, t.updated_at,
        row_number() OVER (ORDER BY t.updated_at DESC, t.id DESC) AS place,
        json_build_array(t.updated_at, t.id)::text AS cursor
    FROM templates AS t
    WHERE t.organization_id = o.id
        AND (t.updated_at, t.id) < (
            coalesce($3::text::timestamptz, 'infinity'),
            coalesce($4::text::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
        )
    ORDER BY t.updated_at DESC, t.id DESC LIMIT $2::int + 1
) AS t
WHERE o.slug = $1
GROUP BY o.id
