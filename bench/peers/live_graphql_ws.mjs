// graphql-ws on ws, with a set of queues: what its documentation shows.
import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { told, typeDefs } from "./live_schema.mjs";

const queues = new Set();

class Queue {
  #waiting = null;
  #events = [];
  constructor() {
    queues.add(this);
  }
  push(event) {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting({ value: event, done: false });
    else this.#events.push(event);
  }
  next() {
    if (this.#events.length) return Promise.resolve({ value: this.#events.shift(), done: false });
    return new Promise((resolve) => (this.#waiting = resolve));
  }
  return() {
    queues.delete(this);
    return Promise.resolve({ value: undefined, done: true });
  }
  [Symbol.asyncIterator]() {
    return this;
  }
}

const schema = buildSchema(typeDefs);
schema.getSubscriptionType().getFields().templateChanged.subscribe = () => new Queue();

const server = createServer(async (request, response) => {
  if (request.method === "POST") {
    const templateChanged = await told(request);
    for (const queue of queues) queue.push({ templateChanged });
  }
  response.writeHead(200, { "content-length": 4 }).end("true");
});
useServer({ schema }, new WebSocketServer({ server, path: "/graphql" }));
server.listen(Number(process.env.PORT), "127.0.0.1");
