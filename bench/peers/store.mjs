// What the hand-written servers read: one statement a batch, prepared once a connection.
import pg from "pg";

const pool = new pg.Pool({ max: 10 });

const TEMPLATE = `id, organization_id AS "organizationId", author_id AS "authorId",
  approval_id AS "approvalId", name, description, category, tags, status, metadata,
  created_at AS "createdAt", updated_at AS "updatedAt", version`;
const USER = `id, first_name AS "firstName", last_name AS "lastName"`;

async function rows(name, text, ...values) {
  return (await pool.query({ name, text, values })).rows;
}

/** The rows in the order of their keys, null where there is none. */
function inOrder(keys, found) {
  const byId = new Map(found.map((row) => [row.id, row]));
  return keys.map((key) => byId.get(key) ?? null);
}

/** The rows of each key. */
function grouped(keys, found, on) {
  const groups = new Map(keys.map((key) => [key, []]));
  for (const row of found) groups.get(row[on]).push(row);
  return keys.map((key) => groups.get(key));
}

export async function organization(slug) {
  const [found] = await rows("organization", "SELECT id, slug FROM organizations WHERE slug = $1", slug);
  return found ?? null;
}

export async function template(id) {
  const [found] = await rows("template", `SELECT ${TEMPLATE} FROM templates WHERE id = $1`, id);
  return found ?? null;
}

/** The latest changed first: `size` of them, after the position if there is one. */
export function page(organizationId, size, after) {
  const select = `SELECT ${TEMPLATE} FROM templates WHERE organization_id = $1`;
  const order = "ORDER BY updated_at DESC, id DESC LIMIT $2";
  if (!after) return rows("page", `${select} ${order}`, organizationId, size);
  const beyond = "AND (updated_at, id) < ($3, $4)";
  return rows("page-after", `${select} ${beyond} ${order}`, organizationId, size, ...after);
}

export async function count(organizationId) {
  const text = "SELECT count(*)::int AS total FROM templates WHERE organization_id = $1";
  return (await rows("count", text, organizationId))[0].total;
}

export async function users(ids) {
  return inOrder(ids, await rows("users", `SELECT ${USER} FROM users WHERE id = ANY($1)`, ids));
}

export async function approvals(ids) {
  const text = "SELECT id, status FROM approvals WHERE id = ANY($1)";
  return inOrder(ids, await rows("approvals", text, ids));
}

export async function comments(subjects, first) {
  const text = `SELECT found.* FROM unnest($1::uuid[]) AS given(id) JOIN LATERAL (
      SELECT id, subject_id AS "subjectId", author_id AS "authorId", body, created_at AS "createdAt"
      FROM comments WHERE subject_id = given.id ORDER BY created_at DESC, id DESC LIMIT $2
    ) AS found ON true`;
  return grouped(subjects, await rows("comments", text, subjects, first), "subjectId");
}

export async function steps(approvalIds) {
  const text = `SELECT id, approval_id AS "approvalId", approver_id AS "approverId", position,
      status, decided_at AS "decidedAt"
    FROM approval_steps WHERE approval_id = ANY($1) ORDER BY approval_id, position`;
  return grouped(approvalIds, await rows("steps", text, approvalIds), "approvalId");
}
