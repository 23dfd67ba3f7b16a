// Runs the operations given as JSON with graphql-ws, all on one socket, and prints their outcomes.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, operations, token] = process.argv.slice(2);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: token ? { authorization: `Bearer ${token}` } : undefined,
  retryAttempts: 0,
  lazyCloseTimeout: 1000,
});

function run(payload) {
  const results = [];
  return new Promise((resolve) => {
    client.subscribe(payload, {
      next: (result) => results.push(result),
      error: (error) => resolve({ results, error: error.code ? { code: error.code } : error }),
      complete: () => resolve({ results }),
    });
  });
}

// Leaves after the first result: the server must not hear of it before it has sent one.
async function first(payload) {
  for await (const result of client.iterate(payload)) return { results: [result] };
}

const outcomes = JSON.parse(operations).map(({ leave, ...payload }) =>
  leave ? first(payload) : run(payload),
);
console.log(JSON.stringify(await Promise.all(outcomes)));
await client.dispose();
