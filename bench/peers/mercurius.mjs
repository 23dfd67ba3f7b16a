// Mercurius on Fastify, with its compiler and its loaders.
import Fastify from "fastify";
import mercurius from "mercurius";
import { resolvers, typeDefs } from "./schema.mjs";
import * as store from "./store.mjs";

const DIRECT = { cache: false };

/** One row a key, each read once; null where the parent has no key. */
const one = (read, key) => ({
  opts: DIRECT,
  async loader(queries) {
    const keys = [...new Set(queries.map(({ obj }) => obj[key]).filter(Boolean))];
    const found = keys.length ? await read(keys) : [];
    const byKey = new Map(keys.map((id, index) => [id, found[index]]));
    return queries.map(({ obj }) => byKey.get(obj[key]) ?? null);
  },
});

const loaders = {
  Template: {
    author: one(store.users, "authorId"),
    approval: one(store.approvals, "approvalId"),
    comments: {
      opts: DIRECT,
      async loader(queries) {
        const ids = queries.map(({ obj }) => obj.id);
        const found = await store.comments(ids, queries[0].params.first);
        return found.map((nodes) => ({ nodes }));
      },
    },
  },
  Comment: { author: one(store.users, "authorId") },
  ApprovalWorkflow: { steps: one(store.steps, "id") },
  ApprovalStep: { approver: one(store.users, "approverId") },
};

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, loaders, jit: 1, graphiql: false });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
