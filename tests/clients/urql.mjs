// Runs the operations given as JSON with urql, its subscriptions over event streams (`sse`) or
// over graphql-ws (`ws`), and prints their outcomes.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, operations, transport] = process.argv.slice(2);
const socket = createClient({
  url: url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  retryAttempts: 0,
});
const overSocket = subscriptionExchange({
  forwardSubscription: (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }),
  }),
});
const client = new Client({
  url,
  exchanges: transport === 'ws' ? [overSocket, fetchExchange] : [fetchExchange],
  fetchSubscriptions: transport === 'sse',
  preferGetMethod: false,
});

const outcome = ({ data, error }) => ({
  data,
  errors: error?.graphQLErrors.map(({ extensions }) => extensions.code),
  network: error?.networkError?.message,
});

function subscribe({ query, variables }) {
  const results = [];
  return new Promise((resolve) => {
    const { unsubscribe } = client.subscription(query, variables ?? {}).subscribe((result) => {
      results.push(outcome(result));
      if (result.hasNext) return;
      queueMicrotask(() => unsubscribe());
      resolve({ results });
    });
  });
}

async function run(operation) {
  const { query, variables } = operation;
  if (query.startsWith('subscription')) return subscribe(operation);
  const method = query.startsWith('mutation') ? 'mutation' : 'query';
  return { results: [outcome(await client[method](query, variables ?? {}).toPromise())] };
}

console.log(JSON.stringify(await Promise.all(JSON.parse(operations).map(run))));
await socket.dispose();
