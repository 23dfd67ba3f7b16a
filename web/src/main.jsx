import "./workers.js";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./page.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

import { Brand } from "./Brand.jsx";
import { storage } from "./storage.js";
import welcome from "./welcome.graphql?raw";

const { origin, pathname } = window.location;

// Each subscription opens a socket of its own, whose connection_init carries the Headers tab of that moment.
const ask = createGraphiQLFetcher({
  url: pathname,
  subscriptionUrl: origin.replace(/^http/, "ws") + pathname,
  enableIncrementalDelivery: false,
});

// Who is signed in by cookies has to prove that it is a page of ours that asks.
function proof() {
  const found = document.cookie.match(/(?:^|; )__Host-imprimatur-csrf=([^;]+)/);
  return found ? { "X-CSRF-Token": found[1] } : {};
}

const fetcher = (asked, options) =>
  ask(asked, { ...options, headers: { ...proof(), ...options?.headers } });

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={welcome}
    storage={storage}
    shouldPersistHeaders={false}
    defaultEditorToolsVisibility="headers"
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      <Brand />
    </GraphiQL.Logo>
  </GraphiQL>,
);
