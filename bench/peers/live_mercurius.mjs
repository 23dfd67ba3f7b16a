// Mercurius, with its own subscriptions and its own emitter.
import Fastify from "fastify";
import mercurius from "mercurius";
import { typeDefs } from "./live_schema.mjs";

const TOPIC = "changed";
const resolvers = {
  Subscription: {
    templateChanged: { subscribe: (_, __, { pubsub }) => pubsub.subscribe(TOPIC) },
  },
};

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, graphiql: false, subscription: true });
app.post("/publish", async (request) => {
  await app.graphql.pubsub.publish({ topic: TOPIC, payload: { templateChanged: request.body } });
  return true;
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
