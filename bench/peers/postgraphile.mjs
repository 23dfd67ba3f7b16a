// PostGraphile: the schema made of the tables, with the relations that no foreign key declares.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgSmartTagsPlugin } from "postgraphile/utils";

const relation = (table, foreignKey) => ({
  kind: "class",
  match: `public.${table}`,
  tags: { foreignKey },
});
const sortable = (column) => ({ kind: "attribute", match: column, tags: { behavior: "+orderBy" } });

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [
    makePgSmartTagsPlugin([
      relation("templates", "(approval_id) references public.approvals (id)"),
      relation("comments", "(subject_id) references public.templates (id)"),
      sortable("templates.updated_at"),
      sortable("comments.created_at"),
      sortable("approval_steps.position"),
    ]),
  ],
  pgServices: [
    makePgService({ connectionString: process.env.DATABASE, schemas: ["public"], poolSize: 10 }),
  ],
  grafast: { explain: false },
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, watch: false },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
