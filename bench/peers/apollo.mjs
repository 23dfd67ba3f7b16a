// Apollo Server with dataloader.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { loaders, resolvers } from "./loading.mjs";
import { typeDefs } from "./schema.mjs";

await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  context: async () => loaders(),
  listen: { port: Number(process.env.PORT), host: "127.0.0.1" },
});
